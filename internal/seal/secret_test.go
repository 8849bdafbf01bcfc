package seal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/seal"
)

// TestSecretsPrintRedacted prints every secret type in every way a program prints by
// accident and looks for the secret.
func TestSecretsPrintRedacted(t *testing.T) {
	const canary = "canary-0123456789"
	key, err := seal.GenerateKey()
	require.NoError(t, err)
	keyText, err := key.MarshalText()
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k1")
	require.NoError(t, err)
	ringText, err := ring.MarshalText()
	require.NoError(t, err)
	values := map[string]struct {
		value  any
		secret string
	}{
		"secret":  {seal.Secret(canary), canary},
		"private": {key, strings.SplitN(string(keyText), ":", 2)[1]},
		"ring":    {ring, strings.Fields(string(ringText))[1]},
	}
	for name, v := range values {
		for holder, value := range map[string]any{
			"bare": v.value, "slice": []any{v.value}, "map": map[string]any{"k": v.value}, "struct": struct{ V any }{v.value},
		} {
			var out bytes.Buffer
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
				fmt.Fprintf(&out, verb+"\n", value)
			}
			fmt.Fprintln(&out, value)
			encoded, err := json.Marshal(value)
			require.NoError(t, err)
			out.Write(encoded)
			slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", value)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", value)
			fmt.Fprint(&out, fmt.Errorf("failed with %v", value))
			require.NotContains(t, out.String(), v.secret, "%s in %s", name, holder)
			require.NotContains(t, out.String(), fmt.Sprintf("%x", v.secret), "%s in %s", name, holder)
			require.Contains(t, out.String(), "***", "%s in %s", name, holder)
		}
	}
	require.Equal(t, canary, seal.Secret(canary).Reveal())
	var back seal.Secret
	require.NoError(t, json.Unmarshal([]byte(`"`+canary+`"`), &back))
	require.Equal(t, canary, back.Reveal(), "secrets are read as strings")
}
