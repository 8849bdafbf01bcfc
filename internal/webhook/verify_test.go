package webhook

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// The sums were made with openssl dgst -hmac, not with this code.
func TestVerify(t *testing.T) {
	const body = `{"text":"Zdravo 😀"}`
	for name, c := range map[string]struct {
		secret, signature string
		want              bool
	}{
		"sha1 in base64":        {"s3cret", "sha1=rSRtQOShFigq62Q+N3LYbZhHdSk=", true},
		"sha1 in hex":           {"s3cret", "sha1=ad246d40e4a116282aeb643e3772d86d98477529", true},
		"sha256 in base64":      {"s3cret", "sha256=qk1P1qmh43AFhxyQCl40IFZowic8s9G7BlZLw+Vzum0=", true},
		"sha256 in hex":         {"s3cret", "sha256=aa4d4fd6a9a1e37005871c900a5e34205668c2273cb3d1bb06564bc3e573ba6d", true},
		"of another secret":     {"secret", "sha1=rSRtQOShFigq62Q+N3LYbZhHdSk=", false},
		"of another algorithm":  {"s3cret", "sha256=rSRtQOShFigq62Q+N3LYbZhHdSk=", false},
		"without an algorithm":  {"s3cret", "rSRtQOShFigq62Q+N3LYbZhHdSk=", false},
		"an unknown algorithm":  {"s3cret", "md5=rSRtQOShFigq62Q+N3LYbZhHdSk=", false},
		"none":                  {"s3cret", "", false},
		"an empty sum":          {"s3cret", "sha1=", false},
		"cut short":             {"s3cret", "sha1=rSRtQOShFigq62Q+N3LY", false},
		"with a line break":     {"s3cret", "sha1=rSRtQOShFigq62Q+N3LYbZhHdSk=\n", false},
		"without a secret":      {"", "sha1=pgbOh1/JIAkcKg10JsmfJR3bDMA=", false},
		"two, the second right": {"s3cret", "sha1=x,sha1=rSRtQOShFigq62Q+N3LYbZhHdSk=", false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, Verify([]byte(c.secret), c.signature, []byte(body)))
		})
	}
	require.False(t, Verify([]byte("s3cret"), "sha1=rSRtQOShFigq62Q+N3LYbZhHdSk=", []byte(body+"\n")), "other bytes")
}

// Both published deliveries verify, byte for byte, and not with a byte changed.
func TestPublishedSignatures(t *testing.T) {
	raw, err := os.ReadFile(publishedSamples + "/webhook_signature_test_vectors.json")
	if err != nil {
		t.Skip("the published samples are not here")
	}
	var vectors []struct {
		Secret  string            `json:"client_secret"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"raw_body"`
	}
	require.NoError(t, json.Unmarshal(raw, &vectors))
	require.NotEmpty(t, vectors)
	for _, v := range vectors {
		signature := v.Headers["x-liveperson-signature"]
		require.True(t, Verify([]byte(v.Secret), signature, []byte(v.Body)))
		for i := range v.Body {
			changed := []byte(v.Body)
			changed[i] ^= 1
			require.False(t, Verify([]byte(v.Secret), signature, changed))
		}
		_, err := Decode([]byte(v.Body), Limits{})
		require.NoError(t, err)
	}
}
