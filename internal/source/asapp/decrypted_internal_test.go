package asapp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/pgp"
)

const passphrase = "correct horse"

// file is a door with one file, which may break behind what it has.
type file struct {
	feed.Door

	content []byte
	breaks  error
}

func (f *file) Open(context.Context, feed.Object) (io.ReadCloser, error) {
	src := io.Reader(bytes.NewReader(f.content))
	if f.breaks != nil {
		src = io.MultiReader(src, iotest.ErrReader(f.breaks))
	}
	return io.NopCloser(src), nil
}

// Wherever an encrypted file ends before its end, it is damaged; where the door has failed, it is as the door says.
func TestADoorThatBreaksIsNoDamagedMessage(t *testing.T) {
	pair, err := pgp.GenerateKey(pgp.Options{Name: "Reader", Passphrase: passphrase, Algorithm: "ed25519", Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	require.NoError(t, err)
	keys, err := pgp.NewDecryptor(pgp.Private{Key: pair.Private, Passphrase: passphrase})
	require.NoError(t, err)
	lines := strings.Repeat(`{"issue_id":"a"}`+"\n", 20_000)
	for name, gzipped := range map[string]bool{"reps.jsonl.enc": false, "reps.jsonl.gz.enc": true} {
		message := sealedTo(t, pair.Public, lines, gzipped)
		read := func(f *file) error {
			s := New(Config{Door: f, Decrypt: keys.Decrypt})
			return s.open(t.Context(), feed.File{Object: feed.Object{Key: name}, Encrypted: true, Gzip: gzipped}, func(r io.Reader) error {
				_, err := io.Copy(io.Discard, r)
				return err
			})
		}
		require.NoError(t, read(&file{content: message}))
		for _, at := range []int{0, 1, 10, 60, len(message) / 2, len(message) - 1} {
			err := read(&file{content: message[:at]})
			require.ErrorIs(t, err, feed.ErrDamaged, "%s cut at %d", name, at)
			require.True(t, fault.Is(err, fault.PartialData), "%v", err)
			require.ErrorContains(t, err, name)

			gone := fault.New(fault.Conflict, "the object has changed")
			err = read(&file{content: message[:at], breaks: gone})
			require.ErrorIs(t, err, gone, "%s broken at %d", name, at)
			require.False(t, errors.Is(err, feed.ErrDamaged))
		}
	}
}

func sealedTo(t *testing.T, public, lines string, gzipped bool) []byte {
	t.Helper()
	content := []byte(lines)
	if gzipped {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, err := z.Write(content)
		require.NoError(t, err)
		require.NoError(t, z.Close())
		content = packed.Bytes()
	}
	key, err := pgp.ParseKey(public)
	require.NoError(t, err)
	var sealed bytes.Buffer
	w, err := pgp.Encrypt(&sealed, []*pgp.Key{key}, pgp.Message{Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
	require.NoError(t, err)
	_, err = w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return sealed.Bytes()
}
