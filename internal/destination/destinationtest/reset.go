package destinationtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/linetest"
)

// Reset uploads a GiB, or SOAK_MEBIBYTES, over a line that is reset when 90 % of it have
// gone: at most one part is sent again, beside what the same file takes undisturbed, where
// protocols add their own (SSH seals every 32 KiB). A five-hundredth is allowed for the
// second connection, and for what is added to the part.
func Reset(t *testing.T, p Peer, line *linetest.Line, part int64) {
	size := int64(fromEnv(t, "SOAK_MEBIBYTES", 1024)) << 20
	_, err := p.insist(t.Context(), Stream(t, "undisturbed.bin", size, p.want()), tokenB)
	require.NoError(t, err)
	undisturbed := line.Count().Sent
	require.GreaterOrEqual(t, undisturbed, size)

	f := Stream(t, "large.bin", size, p.want())
	line.ResetAt(undisturbed + size/10*9)
	began := time.Now()
	tries, err := p.insist(t.Context(), f, tokenA)
	require.NoError(t, err)
	require.Equal(t, 1, line.Count().Resets)
	again := line.Count().Sent - 2*undisturbed
	t.Logf("%d MiB in %.0f s, %d attempts: %.2f MiB more than undisturbed were sent, a part has %d", size>>20,
		time.Since(began).Seconds(), tries, float64(again)/mib, part>>20)
	require.LessOrEqual(t, again, part+size/500)
	back, err := connect(t, p).Open(t.Context(), f.Name)
	require.NoError(t, err)
	defer back.Close()
	got, sum, err := destination.Digest(t.Context(), back)
	require.NoError(t, err)
	require.NoError(t, f.Matches(got, sum))
}

// Stream returns a file of so many bytes, a multiple of a MiB, that is made as it is read.
func Stream(t testing.TB, name string, size int64, want destination.Level) destination.File {
	t.Helper()
	open := func(offset int64) io.Reader { return &stream{block: noise(90, mib), at: offset, size: size} }
	hash := sha256.New()
	_, err := io.Copy(hash, open(0))
	require.NoError(t, err)
	return destination.File{
		Name: name, Size: size, SHA256: hex.EncodeToString(hash.Sum(nil)), Want: want, Journal: &destination.Memory{},
		About: destination.About{Role: destination.Data, Delivery: "a/t/g1/w/r0/l", Part: 1, Parts: 1},
		Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
			return io.NopCloser(open(offset)), nil
		},
	}
}

// stream repeats a block of noise, each time with its number in front.
type stream struct {
	block    []byte
	at, size int64
}

func (s *stream) Read(p []byte) (int, error) {
	if s.at >= s.size {
		return 0, io.EOF
	}
	binary.BigEndian.PutUint64(s.block, uint64(s.at/mib))
	n, err := bytes.NewReader(s.block[s.at%mib:]).Read(p)
	s.at += int64(n)
	return n, err
}
