package pgp

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

func TestGeneratedKeysWork(t *testing.T) {
	for algorithm, name := range map[string]string{
		"": "RSA 3072", "rsa2048": "RSA 2048", "rsa4096": "RSA 4096", "ed25519": "Ed25519 + Curve25519",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pair, err := GenerateKey(Options{Name: "Reports", Email: "r@example.com", Passphrase: passphrase, Algorithm: algorithm, Now: birth})
			require.NoError(t, err)
			key := mustParse(t, pair.Public)
			require.Equal(t, name, key.Algorithm())
			require.Equal(t, pair.Fingerprint, key.Fingerprint())
			require.Len(t, key.Fingerprint(), 40)
			require.Equal(t, "Reports <r@example.com>", key.UserID())
			require.True(t, key.Expires().IsZero())
			require.NoError(t, key.Fitness(noon))
			require.Equal(t, "clear", string(decrypt(t, encrypt(t, []byte("clear"), key), pair.Private, passphrase)))
		})
	}
}

func TestGeneratedKeyExpires(t *testing.T) {
	local := time.FixedZone("UTC+5", 5*60*60)
	expires := birth.Add(365 * 24 * time.Hour)
	pair, err := GenerateKey(Options{Name: "Reports", Passphrase: passphrase, Algorithm: "ed25519", Now: birth.In(local), Expires: expires})
	require.NoError(t, err)
	key := mustParse(t, pair.Public)
	require.Equal(t, expires, key.Expires())
	require.NoError(t, key.Fitness(expires.Add(-time.Second)))
	require.True(t, fault.Is(key.Fitness(expires.Add(time.Second)), fault.KeyUnfit))
}

func TestBadOptionsNameTheField(t *testing.T) {
	good := Options{Name: "Reports", Passphrase: passphrase, Now: birth}
	cases := []struct {
		name, field string
		spoil       func(*Options)
	}{
		{"short passphrase", "passphrase", func(o *Options) { o.Passphrase = "nine char" }},
		{"nine characters of many bytes", "passphrase", func(o *Options) { o.Passphrase = strings.Repeat("ü", 9) }},
		{"no name", "name", func(o *Options) { o.Name = "  " }},
		{"name with brackets", "name", func(o *Options) { o.Name = "a <b>" }},
		{"address with a line break", "email", func(o *Options) { o.Email = "a\nb" }},
		{"no clock", "now", func(o *Options) { o.Now = time.Time{} }},
		{"algorithm", "algorithm", func(o *Options) { o.Algorithm = "rsa1024" }},
		{"expiry in the past", "expires", func(o *Options) { o.Expires = birth }},
		{"expiry out of reach", "expires", func(o *Options) { o.Expires = birth.AddDate(137, 0, 0) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			options := good
			c.spoil(&options)
			_, err := GenerateKey(options)
			var f *fault.Error
			require.ErrorAs(t, err, &f)
			require.Equal(t, fault.InvalidSpec, f.Kind)
			require.Equal(t, c.field, f.Field)
			require.NotContains(t, err.Error(), options.Passphrase)
		})
	}
}

func TestPrivateKeyIsLocked(t *testing.T) {
	message := encrypt(t, []byte("clear"), mustParse(t, sharedPair().Public))
	for _, wrong := range []string{"", "opens the box "} {
		_, err := Decrypt(strings.NewReader(string(message)), sharedPair().Private, wrong)
		require.True(t, fault.Is(err, fault.InvalidSpec), "%q: %v", wrong, err)
		require.ErrorContains(t, err, "passphrase")
	}
}
