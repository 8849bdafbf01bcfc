package pgp

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
)

// shape is a kind of key and who makes it.
type shape struct {
	maker, name string
	core        bool // quick to make: tried in every run, not in the soak alone
	make        func(t *testing.T) (public, secret string)
}

// shapes are the rows of the matrix.
func shapes() []shape {
	modernV4 := func(c *packet.Config) { modern(false)(c) }
	all := []shape{
		{"starter", "RSA 2048", true, ours("rsa2048")},
		{"starter", "RSA 3072", false, ours("rsa3072")},
		{"starter", "RSA 4096", false, ours("rsa4096")},
		{"starter", "Ed25519 + Curve25519", true, ours("ed25519")},
		{"go-crypto", "NIST P-256", true, entityOf(func(c *packet.Config) { c.Algorithm, c.Curve = packet.PubKeyAlgoECDSA, packet.CurveNistP256 })},
		{"go-crypto", "Ed25519 + Curve25519 that asks for v2", true, entityOf(modernV4)},
		{"go-crypto", "Ed25519 + X25519 of RFC 9580, version 4", false, entityOf(func(c *packet.Config) { c.Algorithm = packet.PubKeyAlgoEd25519 })},
		{"go-crypto", "Ed25519 + X25519, version 6", true, entityOf(modern(true))},
	}
	for _, pair := range [][3]string{
		{"RSA 2048", "rsa2048", "rsa2048"},
		{"RSA 3072", "rsa3072", "rsa3072"},
		{"RSA 4096", "rsa4096", "rsa4096"},
		{"Ed25519 + Curve25519", "ed25519", "cv25519"},
		{"NIST P-256", "nistp256", "nistp256"},
		{"NIST P-384", "nistp384", "nistp384"},
		{"NIST P-521", "nistp521", "nistp521"},
		{"Brainpool P-256", "brainpoolP256r1", "brainpoolP256r1"},
		{"secp256k1", "secp256k1", "secp256k1"},
		{"RSA 1024", "rsa1024", "rsa1024"},
		{"DSA + ElGamal", "dsa2048", "elg2048"},
		{"Ed25519, for signatures only", "ed25519", ""},
	} {
		core := strings.HasPrefix(pair[1], "ed25519")
		all = append(all, shape{"gpg", pair[0], core, gnupgKey("never", pair[1], pair[2])})
	}
	all = append(all, shape{"gpg", "Ed25519 + Curve25519, expired", true, gnupgKey("1d", "ed25519", "cv25519")})
	for _, suite := range []string{"cv25519", "rsa3k", "rsa4k"} {
		all = append(all, shape{"sq", suite, suite == "cv25519", sequoiaKey(suite)})
	}
	return append(all, shape{"sqop", "its only one", true, sopKey})
}

// ours is a key as starter key generate makes it.
func ours(algorithm string) func(*testing.T) (string, string) {
	return func(t *testing.T) (string, string) {
		pair, err := GenerateKey(Options{Name: "Receiver", Passphrase: passphrase, Algorithm: algorithm, Now: time.Now().Add(-time.Hour)})
		require.NoError(t, err)
		ring, err := privateRing(pair.Private, passphrase)
		require.NoError(t, err)
		return pair.Public, secretText(t, ring[0])
	}
}

// entityOf is a key of the library that a change of its settings makes.
func entityOf(change func(*packet.Config)) func(*testing.T) (string, string) {
	return func(t *testing.T) (string, string) {
		entity, _ := newEntity(t, change)
		return publicText(t, entity), secretText(t, entity)
	}
}

func secretText(t *testing.T, entity *openpgp.Entity) string {
	t.Helper()
	text, err := armored(openpgp.PrivateKeyType, func(w io.Writer) error { return entity.SerializePrivateWithoutSigning(w, nil) })
	require.NoError(t, err)
	return text
}

// gnupgKey is a key of gpg that ends after a while, made two days ago.
func gnupgKey(expires, primary, sub string) func(*testing.T) (string, string) {
	return func(t *testing.T) (string, string) {
		g := newGnuPG(t)
		made := []string{"--faked-system-time", frozen(time.Now().AddDate(0, 0, -2)), "--passphrase", ""}
		g.run(nil, append(made, "--quick-gen-key", "Receiver <r@example.com>", primary, "sign", expires)...)
		listing := string(g.run(nil, "--list-keys", "--with-colons"))
		_, line, found := strings.Cut(listing, "\nfpr:")
		require.True(t, found, listing)
		fingerprint := strings.Split(line, ":")[8]
		if sub != "" {
			g.run(nil, append(made, "--quick-add-key", fingerprint, sub, "encr", expires)...)
		}
		return string(g.run(nil, "--armor", "--export")), string(g.run(nil, "--armor", "--passphrase", "", "--export-secret-keys"))
	}
}

func sequoiaKey(suite string) func(*testing.T) (string, string) {
	return func(t *testing.T) (string, string) {
		realtest.Program(t, "sq", "sq")
		file := filepath.Join(t.TempDir(), "key")
		runTool(t, nil, "sq", "key", "generate", "--userid", "Receiver", "--cipher-suite", suite, "--export", file)
		secret, err := os.ReadFile(file)
		require.NoError(t, err)
		return string(runTool(t, secret, "sq", "key", "extract-cert")), string(secret)
	}
}

func sopKey(t *testing.T) (string, string) {
	realtest.Program(t, "sqop", "sqop")
	secret := runTool(t, nil, "sqop", "generate-key", "Receiver")
	public := runTool(t, secret, "sqop", "extract-cert")
	require.False(t, bytes.Contains(public, []byte("PRIVATE")))
	return string(public), string(secret)
}
