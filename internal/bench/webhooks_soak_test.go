//go:build soak

package main

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
)

// A short measurement of the whole stack: the figures mean nothing, that it can be made does.
func TestWebhooksCanBeMeasured(t *testing.T) {
	t.Setenv("TEMPORAL_CLI", realtest.Tool(t, "TEMPORAL_CLI", "temporal"))
	bin := t.TempDir()
	out, err := exec.Command("go", "build", "-trimpath", "-o", bin+"/", "transporter/worker", "transporter/api", "transporter/sandbox").CombinedOutput()
	require.NoError(t, err, string(out))
	b := &bench{config: config{bin: bin, webhookSeconds: 3}, dir: t.TempDir()}
	require.NoError(t, b.webhooks(t.Context()))
	require.GreaterOrEqual(t, len(b.out.remarks), 5)
	b.out.print(os.Stderr)
}
