package sftp

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/realtest"
)

// What a test that was killed has left is removed by the next one.
func TestProbeRemovesWhatKilledOnesLeft(t *testing.T) {
	folder := t.TempDir()
	server := startEmbedded(t, folder, "ed25519")
	destinationtest.SweepsProbes(t, destinationtest.Litter{
		Killed: func(n int) destination.Destination {
			w := new(destinationtest.Wire)
			w.DieAfter(n)
			config := server.clientConfig("writer")
			config.Dial = w.Dial
			return mustNew(t, config)
		},
		Plant: func(t *testing.T, name string) {
			require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("theirs"), 0o600))
		},
		Names: func(t *testing.T) []string { return realtest.Files(t, folder) },
		Age:   func(t *testing.T, by time.Duration) { realtest.Age(t, folder, by) },
	})
}
