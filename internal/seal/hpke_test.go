package seal_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/account"
	"transporter/internal/fault"
	"transporter/internal/seal"
)

func TestCloseAndOpen(t *testing.T) {
	key, err := seal.GenerateKey()
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		clear := rapid.SliceOf(rapid.Byte()).Draw(t, "clear")
		owner := rapid.String().Draw(t, "account")
		sealed, err := seal.Close(key.Public(), owner, clear)
		require.NoError(t, err)
		again, err := seal.Close(key.Public(), owner, clear)
		require.NoError(t, err)
		require.NotEqual(t, sealed, again)
		opened, err := seal.Open(key, owner, sealed)
		require.NoError(t, err)
		require.Equal(t, string(clear), string(opened))
	})
}

func TestOpenRefuses(t *testing.T) {
	key, err := seal.GenerateKey()
	require.NoError(t, err)
	other, err := seal.GenerateKey()
	require.NoError(t, err)
	sealed, err := seal.Close(key.Public(), "acme", []byte("hunter2"))
	require.NoError(t, err)
	flip := func(b []byte, i int) []byte {
		b = append([]byte{}, b...)
		b[i] ^= 1
		return b
	}
	for name, c := range map[string]struct {
		key    *seal.PrivateKey
		owner  string
		sealed account.Sealed
		kind   fault.Kind
	}{
		"another key":      {other, "acme", sealed, fault.ConfigMissing},
		"another account":  {key, "acme2", sealed, fault.Corrupt},
		"nothing":          {key, "acme", account.Sealed{}, fault.ConfigMissing},
		"key id only":      {key, "acme", account.Sealed{KeyID: key.KeyID()}, fault.Corrupt},
		"flipped data":     {key, "acme", account.Sealed{KeyID: sealed.KeyID, Enc: sealed.Enc, Data: flip(sealed.Data, 3)}, fault.Corrupt},
		"flipped enc":      {key, "acme", account.Sealed{KeyID: sealed.KeyID, Enc: flip(sealed.Enc, 3), Data: sealed.Data}, fault.Corrupt},
		"another's key id": {other, "acme", account.Sealed{KeyID: other.KeyID(), Enc: sealed.Enc, Data: sealed.Data}, fault.Corrupt},
	} {
		_, err := seal.Open(c.key, c.owner, c.sealed)
		require.True(t, fault.Is(err, c.kind), "%s: %v", name, err)
		require.NotContains(t, err.Error(), "hunter2", name)
	}
}

func TestKeysAsText(t *testing.T) {
	key, err := seal.GenerateKey()
	require.NoError(t, err)
	private, err := key.MarshalText()
	require.NoError(t, err)
	public, err := key.Public().MarshalText()
	require.NoError(t, err)
	parsed, err := seal.ParsePrivate([]byte(" " + string(private) + "\n"))
	require.NoError(t, err)
	parsedPublic, err := seal.ParsePublic(public)
	require.NoError(t, err)
	require.Equal(t, key.KeyID(), parsed.KeyID())
	require.Equal(t, key.KeyID(), parsedPublic.KeyID())
	require.Len(t, key.KeyID(), 16)
	sealed, err := seal.Close(parsedPublic, "a", []byte("x"))
	require.NoError(t, err)
	opened, err := seal.Open(parsed, "a", sealed)
	require.NoError(t, err)
	require.Equal(t, "x", string(opened))

	body := strings.SplitN(string(private), ":", 2)[1]
	for name, text := range map[string]string{
		"empty": "", "public": string(public), "no label": body, "cut": string(private[:len(private)-6]), "not base64": "transporter-private-v1:!" + body,
	} {
		_, err := seal.ParsePrivate([]byte(text))
		require.True(t, fault.Is(err, fault.InvalidSpec), "%s: %v", name, err)
		require.NotContains(t, err.Error(), body[:8], name)
	}
	_, err = seal.ParsePublic(private)
	require.True(t, fault.Is(err, fault.InvalidSpec), "a private key is no public key")
}
