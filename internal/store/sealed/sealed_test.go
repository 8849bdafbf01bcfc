package sealed_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/pgp"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/store/sealed"
	"transporter/internal/store/storetest"
)

// open returns a sealed store and the store under it.
func open(t *testing.T) (over *sealed.Store, under store.Store) {
	t.Helper()
	under, err := store.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("test")
	require.NoError(t, err)
	return sealed.New(under, seal.NewBox(ring)), under
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		s, _ := open(t)
		return s
	})
}

func read(t require.TestingT, s store.Store, key string, offset int64) []byte {
	r, err := s.Open(context.Background(), key, offset)
	require.NoError(t, err)
	defer r.Close()
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return b
}

// No text, whatever its script, lies there in the clear.
func TestTextIsSealed(t *testing.T) {
	over, under := open(t)
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(rapid.String().Draw(t, "text"))
		info, err := over.Put(context.Background(), "a.csv", bytes.NewReader(text))
		require.NoError(t, err)
		require.EqualValues(t, len(text), info.Size)
		lies := read(t, under, "a.csv", 0)
		require.True(t, seal.IsSealed(lies))
		require.True(t, len(text) < 8 || !bytes.Contains(lies, text))
		offset := rapid.IntRange(0, len(text)).Draw(t, "offset")
		require.Equal(t, string(text[offset:]), string(read(t, over, "a.csv", int64(offset))))
	})
}

// A receiver's message stays as it is: it can be served by who has not the key of the seal.
func TestOpenPGPIsKeptAsItIs(t *testing.T) {
	over, under := open(t)
	for _, algorithm := range []string{"ed25519", pgp.DefaultAlgorithm} {
		now := time.Date(2026, time.November, 20, 0, 0, 0, 0, time.UTC)
		pair, err := pgp.GenerateKey(pgp.Options{
			Name: "Receiver", Email: "receiver@example.com", Passphrase: "ten characters", Algorithm: algorithm, Now: now,
		})
		require.NoError(t, err)
		key, err := pgp.ParseKey(pair.Public)
		require.NoError(t, err)
		var message bytes.Buffer
		w, err := pgp.Encrypt(&message, []*pgp.Key{key}, pgp.Message{Name: "a.csv", Now: now})
		require.NoError(t, err)
		_, err = io.WriteString(w, "a,b\n1,2\n")
		require.NoError(t, err)
		require.NoError(t, w.Close())
		info, err := over.Put(t.Context(), algorithm+".csv.pgp", bytes.NewReader(message.Bytes()))
		require.NoError(t, err)
		require.EqualValues(t, message.Len(), info.Size)
		require.Equal(t, message.Bytes(), read(t, under, info.Key, 0))
		require.Equal(t, message.Bytes(), read(t, over, info.Key, 0))
	}
}

func TestForeignFileIsGivenAsItIs(t *testing.T) {
	over, under := open(t)
	for _, text := range []string{"", "x", "somebody else's file"} {
		_, err := under.Put(t.Context(), "theirs", bytes.NewReader([]byte(text)))
		require.NoError(t, err)
		info, err := over.Stat(t.Context(), "theirs")
		require.NoError(t, err)
		require.EqualValues(t, len(text), info.Size)
		require.Equal(t, text, string(read(t, over, "theirs", 0)))
	}
}

func TestDamageIsFound(t *testing.T) {
	over, under := open(t)
	_, err := over.Put(t.Context(), "a", bytes.NewReader(make([]byte, 200_000)))
	require.NoError(t, err)
	whole := read(t, under, "a", 0)
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-1] ^= 1
	for name, content := range map[string][]byte{
		"cut": whole[:100_000], "cut at a chunk": whole[:len(whole)-(200_000%(64<<10))-16], "flipped": flipped, "only a head": whole[:10],
	} {
		_, err := under.Put(t.Context(), "a", bytes.NewReader(content))
		require.NoError(t, err)
		r, err := over.Open(t.Context(), "a", 0)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
			require.NoError(t, r.Close())
		}
		require.True(t, fault.Is(err, fault.Corrupt), "%s: %v", name, err)
	}
	_, err = under.Put(t.Context(), "a", bytes.NewReader(whole[:10]))
	require.NoError(t, err)
	_, err = over.Stat(t.Context(), "a")
	require.True(t, fault.Is(err, fault.Corrupt), "%v", err)
}
