package seal_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/seal"
)

func TestRotation(t *testing.T) {
	one, two := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	ring := func(active string, keys map[string][]byte) *seal.Box {
		r, err := seal.NewRing(active, keys)
		require.NoError(t, err)
		return seal.NewBox(r)
	}
	before := ring("one", map[string][]byte{"one": one})
	after := ring("two", map[string][]byte{"one": one, "two": two})
	dropped := ring("two", map[string][]byte{"two": two})
	mixedUp := ring("one", map[string][]byte{"one": two})

	old, fresh := sealed(t, before, []byte("old")), sealed(t, after, []byte("new"))
	require.Equal(t, "old", string(unsealed(t, after, old)))
	require.Equal(t, "new", string(unsealed(t, after, fresh)))
	require.Equal(t, "new", string(unsealed(t, dropped, fresh)), "the active key seals")
	_, err := dropped.Unseal(bytes.NewReader(old))
	require.True(t, fault.Is(err, fault.ConfigMissing), "%v", err)
	require.ErrorContains(t, err, `"one"`)
	r, err := mixedUp.Unseal(bytes.NewReader(old))
	require.NoError(t, err)
	_, err = io.ReadAll(r)
	require.True(t, fault.Is(err, fault.Corrupt), "%v", err)
}

func TestLoadRing(t *testing.T) {
	key := func(b byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) }
	file := filepath.Join(t.TempDir(), "ring")
	load := func(text string) (*seal.Ring, error) {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return seal.LoadRing(file)
	}
	ring, err := load("# newest first\n\n2026-11 " + key(1) + "\r\n 2026-10\t" + key(2))
	require.NoError(t, err)
	require.Equal(t, "2026-11", ring.Active())
	text, err := ring.MarshalText()
	require.NoError(t, err)
	require.Equal(t, "2026-11 "+key(1)+"\n2026-10 "+key(2)+"\n", string(text))
	again, err := load(string(text))
	require.NoError(t, err)
	require.Equal(t, "x", string(unsealed(t, seal.NewBox(again), sealed(t, seal.NewBox(ring), []byte("x")))))

	for name, c := range map[string]struct{ text, says string }{
		"empty":      {"", "active key"},
		"one field":  {key(1), "line 1"},
		"not base64": {"a " + key(1) + "\nb !!!", "line 2"},
		"twice":      {"a " + key(1) + "\na " + key(2), "line 2"},
		"short":      {"a c2hvcnQ=", "32 are needed"},
		"bad id":     {"a/b " + key(1), "id"},
	} {
		_, err := load(c.text)
		require.True(t, fault.Is(err, fault.InvalidSpec), "%s: %v", name, err)
		require.ErrorContains(t, err, c.says, name)
		require.NotContains(t, err.Error(), strings.TrimRight(key(1), "="), name)
	}
	_, err = seal.LoadRing(file + ".none")
	require.True(t, fault.Is(err, fault.ConfigMissing), "%v", err)
}
