package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/seal"
	"transporter/internal/task"
)

// A task that asks for no encryption gives a partner's server clear files, but nothing of
// ours lies in the clear: the cloud store seals them.
func TestClearFilesLieSealedInTheCloudStore(t *testing.T) {
	s := start(t, options{})
	b := s.brand(t)
	w := s.before(2*24*time.Hour, 2*time.Hour)
	clear := spec("msg.conversations", "csv")
	clear.Destinations = b.legs("clear")
	for i := range clear.Destinations {
		clear.Destinations[i].Encryption = task.Encryption{Mode: task.EncryptNone}
	}
	run := b.run(t, b.task(t, clear), w)
	require.Equal(t, "delivered", run.Outcome, run.Error)
	want := s.world(t, byEnd, w).conversations()
	require.NotEmpty(t, want)
	for _, d := range []string{b.cloud, b.partner} {
		require.Equal(t, want, b.rows(t, run, d))
	}
	for _, name := range b.files(t, b.cloud) {
		lies, err := os.ReadFile(filepath.Join(b.storeDir(), name))
		require.NoError(t, err)
		require.True(t, seal.IsSealed(lies), name)
		require.False(t, bytes.Contains(lies, []byte("conversation_id")), name)
	}
	for _, receipt := range run.Receipts {
		require.True(t, receipt.Atomic)
		require.Equal(t, 3, receipt.Reached)
	}
}
