package cloudstore

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/storage"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/linetest"
	"transporter/internal/realtest"
	"transporter/internal/store"
	_ "transporter/internal/store/bucketstore" // s3:// and gs://
)

// openStore returns a file store in a fresh folder.
func openStore(t *testing.T) store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	return st
}

func TestContract(t *testing.T) {
	destinationtest.Run(t, func(t *testing.T) destinationtest.Peer { return peer(openStore(t)) })
}

// In a bucket, files travel over a line that can be cut, and on which bytes can be flipped.
func TestContractInABucket(t *testing.T) {
	server := realtest.StartS3(t)
	t.Setenv("AWS_ACCESS_KEY_ID", realtest.S3Key)
	t.Setenv("AWS_SECRET_ACCESS_KEY", realtest.S3Secret)
	destinationtest.Run(t, func(t *testing.T) destinationtest.Peer {
		line := linetest.New(t, strings.TrimPrefix(server.URL, "http://"), 1)
		st, err := store.Open(t.Context(), "s3://"+server.Bucket(t)+"?endpoint=http://"+line.Address())
		require.NoError(t, err)
		p := peer(st)
		p.Cut, p.Flip = line.Cut, line.Flip
		return p
	})
}

func TestContractInABucketOfGoogle(t *testing.T) {
	t.Setenv("STORAGE_EMULATOR_HOST", realtest.StartGCS(t))
	client, err := storage.NewClient(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { client.Close() })
	destinationtest.Run(t, func(t *testing.T) destinationtest.Peer {
		name := "case-" + strings.ToLower(rand.Text())
		require.NoError(t, client.Bucket(name).Create(t.Context(), "project", nil))
		st, err := store.Open(t.Context(), "gs://"+name)
		require.NoError(t, err)
		return peer(st)
	})
}

// peer is a cloud store in the store.
func peer(st store.Store) destinationtest.Peer {
	l := &liar{Store: st}
	d := New(l, "cloud/acme")
	return destinationtest.Peer{
		Destination: d,
		Highest:     destination.Bytes,
		OnDemand:    true,
		Plant: func(t *testing.T, name string, content []byte) {
			_, err := st.Put(t.Context(), d.final(name), bytes.NewReader(content))
			require.NoError(t, err)
		},
		Read:   func(t *testing.T, name string) ([]byte, bool) { return read(t, st, d.final(name)) },
		Temps:  func(t *testing.T) int { return len(temps(t, d)) },
		Damage: func(t *testing.T) { spoil(t, d, func(b []byte) []byte { b[len(b)-1] ^= 1; return b }) },
		Lie: func(t *testing.T) {
			spoil(t, d, func(b []byte) []byte { return b[:len(b)-1] })
			l.lies.Store(true)
		},
	}
}

// liar is a store that tells objects to be a byte longer than they are.
type liar struct {
	store.Store
	lies atomic.Bool
}

func (l *liar) Stat(ctx context.Context, key string) (store.Info, error) {
	info, err := l.Store.Stat(ctx, key)
	if err == nil && l.lies.Load() {
		info.Size++
	}
	return info, err
}

func read(t *testing.T, st store.Store, key string) ([]byte, bool) {
	r, err := st.Open(context.Background(), key, 0)
	if errors.Is(err, store.ErrNotExist) {
		return nil, false
	}
	require.NoError(t, err)
	defer r.Close()
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	return content, true
}

func temps(t *testing.T, d *Destination) (keys []string) {
	for object, err := range d.store.List(t.Context(), d.prefix+"/temp/") {
		require.NoError(t, err)
		keys = append(keys, object.Key)
	}
	return keys
}

// spoil changes every temporary object.
func spoil(t *testing.T, d *Destination, change func([]byte) []byte) {
	for _, key := range temps(t, d) {
		content, _ := read(t, d.store, key)
		_, err := d.store.Put(t.Context(), key, bytes.NewReader(change(content)))
		require.NoError(t, err)
	}
}

func TestKeysHoldAnyName(t *testing.T) {
	allowed := func(r rune) bool { return r == '/' || r < 128 && (isPlain(byte(r)) || r == escape) }
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		key := encode(name)
		if strings.ContainsFunc(key, func(r rune) bool { return !allowed(r) }) {
			t.Fatalf("key %q", key)
		}
		if back, ok := decode(key); !ok || back != name {
			t.Fatalf("%q came back as %q", name, back)
		}
	})
}

func TestLongNamesAreRefused(t *testing.T) {
	err := check(strings.Repeat("報", 77), "0123456789abcdef")
	require.ErrorContains(t, err, "too long")
	require.NoError(t, check(strings.Repeat("a", 231), "0123456789abcdef"))
}
