package destinationtest

import (
	"bytes"
	"context"
	cryptorand "crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
)

// Tokens of deliveries.
const (
	tokenA = "0123456789abcdef"
	tokenB = "fedcba9876543210"
)

// errBroken is what a source says that breaks on purpose.
var errBroken = errors.New("the source broke")

// source is a file to deliver that counts the bytes read from it and can break.
type source struct {
	content []byte
	breakAt int64 // reading past this offset fails; negative: never
	read    atomic.Int64
	at      func(offset int64) // called before each read; may be nil
	want    destination.Level
	journal *destination.Memory
}

// source returns a file to deliver to the place, as it is to be verified there.
func (p Peer) source(content []byte) *source {
	return &source{content: content, breakAt: -1, want: p.want(), journal: &destination.Memory{}}
}

// noise returns size bytes that differ for every seed.
func noise(seed uint64, size int) []byte {
	content := make([]byte, size)
	var key [32]byte
	key[0] = byte(seed)
	_, _ = rand.NewChaCha8(key).Read(content) // never fails
	return content
}

func (s *source) file(name string) destination.File {
	sum := sha256.Sum256(s.content)
	return destination.File{
		Name: name, Size: int64(len(s.content)), SHA256: hex.EncodeToString(sum[:]),
		Want: s.want, Journal: s.journal,
		About: destination.About{Role: destination.Data, Delivery: "a/t/g1/w/r0/l", Part: 1, Parts: 1},
		Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
			return io.NopCloser(&sourceReader{s: s, offset: offset}), nil
		},
	}
}

// NewFile returns a file of random bytes with a journal of its own, for tests of what one
// adapter does beyond the contract.
func NewFile(name string, size int, want destination.Level) (f destination.File, content []byte) {
	content = make([]byte, size)
	_, _ = cryptorand.Read(content) // never fails
	s := &source{content: content, breakAt: -1, want: want, journal: &destination.Memory{}}
	return s.file(name), content
}

type sourceReader struct {
	s      *source
	offset int64
}

func (r *sourceReader) Read(p []byte) (int, error) {
	if r.s.at != nil {
		r.s.at(r.offset)
	}
	rest := r.s.content[r.offset:]
	if r.s.breakAt >= 0 {
		if r.offset >= r.s.breakAt {
			return 0, errBroken
		}
		rest = r.s.content[r.offset:min(r.s.breakAt, int64(len(r.s.content)))]
	}
	if len(rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, rest)
	r.offset += int64(n)
	r.s.read.Add(int64(n))
	return n, nil
}

func ignoreProgress(int64) {}

func connect(t *testing.T, p Peer) destination.Session {
	t.Helper()
	return Connect(t, p.Destination)
}

// deliver uploads, verifies at the level that files of the place are verified at, and
// publishes.
func deliver(t *testing.T, p Peer, f destination.File, token string) {
	t.Helper()
	s := connect(t, p)
	require.NoError(t, s.Upload(t.Context(), f, token, ignoreProgress))
	level, err := s.Verify(t.Context(), f, token, p.want())
	require.NoError(t, err)
	require.GreaterOrEqual(t, level, p.want())
	require.NoError(t, s.Publish(t.Context(), f, token, false))
	require.NoError(t, announce(t.Context(), s, f))
}

// announce tells a place that wants to know that the file is whole.
func announce(ctx context.Context, s destination.Session, f destination.File) error {
	if who, ok := s.(destination.Announcer); ok {
		return who.Announce(ctx, f.About, []destination.File{f})
	}
	return nil
}

func requireHolds(t *testing.T, p Peer, name string, want []byte) {
	t.Helper()
	got, exists := p.Read(t, name)
	require.True(t, exists, "%s is not there", name)
	require.True(t, bytes.Equal(want, got), "%s holds %d other bytes", name, len(got))
}

// requireHidden is requireAbsent for what is not published yet, where that can be hidden.
func requireHidden(t *testing.T, p Peer, name string) {
	t.Helper()
	if !p.InPlace {
		requireAbsent(t, p, name)
	}
}

func requireAbsent(t *testing.T, p Peer, name string) {
	t.Helper()
	_, exists := p.Read(t, name)
	require.False(t, exists, "%s is there", name)
}
