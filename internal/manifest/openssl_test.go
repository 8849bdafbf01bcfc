package manifest_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/keys"
	"transporter/internal/manifest"
	"transporter/internal/realtest"
)

// byHand is the recipe of docs/manifest.md; $1 is the manifest's file, signing.pub the key.
const byHand = `set -e
jq -jcS .manifest "$1" > canonical
jq -r .signature "$1" | base64 -d > signature
openssl pkeyutl -verify -pubin -inkey signing.pub -rawin -in canonical -sigfile signature
`

// A receiver without any program of ours can check a signature.
func TestOpenSSLVerifies(t *testing.T) {
	for _, tool := range []string{"openssl", "jq"} {
		realtest.Program(t, tool, tool)
	}
	p := newPartner(t)
	p.flat(t, 1, func(m *manifest.Manifest) { m.Columns = []string{"é <&>", "size"} })
	dir := t.TempDir()
	file := filepath.Join(dir, "m.manifest.json")
	pem, err := keys.PublicPEM(p.public)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "signing.pub"), pem, 0o600))
	verify := func(text []byte) (string, error) {
		require.NoError(t, os.WriteFile(file, text, 0o600))
		cmd := exec.CommandContext(t.Context(), "sh", "-c", byHand, "sh", file)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	text := p.fs["in/msg_01.manifest.json"].Data
	out, err := verify(text)
	require.NoError(t, err, out)
	require.Contains(t, out, "Signature Verified Successfully")

	documented, err := os.ReadFile("../../docs/manifest.md")
	require.NoError(t, err)
	for _, line := range []string{"jq -jcS .manifest", "jq -r .signature", "openssl pkeyutl -verify -pubin -inkey signing.pub -rawin"} {
		require.Contains(t, byHand, line)
		require.Contains(t, string(documented), line)
	}
	out, err = verify(bytes.Replace(text, []byte(`"task": "01T"`), []byte(`"task": "01U"`), 1))
	require.Error(t, err, out)
}
