package keys_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/keys"
	"transporter/internal/seal"
)

var all = []string{
	keys.CodecRing, keys.StoreRing, keys.RecordsRing, keys.SealKey, keys.SealPublic,
	keys.WebhookKey, keys.WebhookPublic, keys.SigningKey, keys.SigningPublic,
}

func files(t *testing.T, dir string) map[string]string {
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		out[e.Name()] = string(text)
	}
	return out
}

func TestCreateMakesEveryFileOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, keys.Create(dir))
	first := files(t, dir)
	require.Len(t, first, len(all), "no temporary file may stay")
	for _, name := range all {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	require.NoError(t, keys.Create(dir))
	require.Equal(t, first, files(t, dir))

	require.NoError(t, os.Remove(filepath.Join(dir, keys.SealPublic)))
	require.NoError(t, os.Remove(filepath.Join(dir, keys.WebhookPublic)))
	require.NoError(t, os.Remove(filepath.Join(dir, keys.SigningPublic)))
	require.NoError(t, keys.Create(dir))
	require.Equal(t, first, files(t, dir), "the public key is derived from the private one")
}

// A folder of a version without webhooks gets their pair; what it has stays.
func TestCreateCompletesOlderFolders(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, keys.Create(dir))
	for _, name := range []string{keys.WebhookKey, keys.WebhookPublic} {
		require.NoError(t, os.Remove(filepath.Join(dir, name)))
	}
	older := files(t, dir)
	require.NoError(t, keys.Create(dir))
	now := files(t, dir)
	require.Len(t, now, len(all))
	for name, text := range older {
		require.Equal(t, text, now[name], name)
	}
}

func TestCreateAtOnceAgrees(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := keys.Create(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Len(t, files(t, dir), len(all))
	pair, err := keys.Private(dir)
	require.NoError(t, err)
	pub, err := keys.Public(dir)
	require.NoError(t, err)
	require.Equal(t, pair.KeyID(), pub.KeyID())

	hook, err := keys.Webhook(dir)
	require.NoError(t, err)
	hookPub, err := keys.WebhookPub(dir)
	require.NoError(t, err)
	require.Equal(t, hook.KeyID(), hookPub.KeyID())
	require.NotEqual(t, pair.KeyID(), hook.KeyID(), "who opens webhooks must not open the secrets of accounts")

	signing, err := keys.Signing(dir)
	require.NoError(t, err)
	verifying, err := keys.SigningPub(dir)
	require.NoError(t, err)
	require.True(t, verifying.Equal(signing.Public()))
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, keys.Create(dir))
	seen := map[string]bool{}
	for name, load := range map[string]func(string) (*seal.Ring, error){
		keys.CodecRing: keys.Codec, keys.StoreRing: keys.Store, keys.RecordsRing: keys.Records,
	} {
		ring, err := load(dir)
		require.NoError(t, err, name)
		key, ok := ring.Key(ring.Active())
		require.True(t, ok)
		require.False(t, seen[string(key)], "every ring has a key of its own")
		seen[string(key)] = true
	}
}

func TestMissingFileSaysWhatToDo(t *testing.T) {
	for name, load := range map[string]func(string) error{
		keys.CodecRing:  func(d string) error { _, err := keys.Codec(d); return err },
		keys.SealKey:    func(d string) error { _, err := keys.Private(d); return err },
		keys.SealPublic: func(d string) error { _, err := keys.Public(d); return err },

		keys.WebhookKey:    func(d string) error { _, err := keys.Webhook(d); return err },
		keys.WebhookPublic: func(d string) error { _, err := keys.WebhookPub(d); return err },

		keys.SigningKey:    func(d string) error { _, err := keys.Signing(d); return err },
		keys.SigningPublic: func(d string) error { _, err := keys.SigningPub(d); return err },
	} {
		err := load(t.TempDir())
		require.True(t, fault.Is(err, fault.ConfigMissing), "%v", err)
		require.ErrorContains(t, err, name)
		require.ErrorContains(t, err, "bootstrap")
	}
}
