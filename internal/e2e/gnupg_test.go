package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
	"transporter/internal/task"
)

// The receiver's own program, not ours, reads every part of every delivery.
func TestGnuPGReadsWhatIsDelivered(t *testing.T) {
	t.Parallel()
	realtest.Program(t, "gpg", "gnupg")
	s := start(t, options{})
	b := s.brand(t)
	gpg := newGnuPG(t, unlockedPrivate(t, receiver(t)))
	w := s.before(2*24*time.Hour, 2*time.Hour)
	for _, format := range []string{"csv", "json", "jsonl"} {
		x := spec("msg.messages", format)
		x.Parts = task.Parts{Entries: 20}
		x.MetadataHeader = task.MetadataHeader{Fields: task.HeaderFields()}
		run := b.run(t, b.task(t, x), w)
		require.Equal(t, "delivered", run.Outcome, run.Error)
		for _, d := range []string{b.cloud, b.partner} {
			files := b.data(t, run, d)
			require.Greater(t, len(files), 1, "several parts")
			for _, f := range files {
				require.True(t, bytes.Equal(f.clear(t, receiver(t)), gpg(t, f.raw)), f.Name)
			}
		}
	}
}

// newGnuPG returns what decrypts with GnuPG, which holds the private key.
func newGnuPG(t *testing.T, private string) func(*testing.T, []byte) []byte {
	t.Helper()
	// t.TempDir is too long: gpg-agent's socket must fit into 108 bytes.
	home, err := os.MkdirTemp("", "gpg")
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		_ = os.RemoveAll(home)
	})
	run := func(t *testing.T, in []byte, args ...string) []byte {
		t.Helper()
		var out, problems bytes.Buffer
		cmd := exec.Command("gpg", append([]string{"--homedir", home, "--batch", "--yes", "--pinentry-mode", "loopback"}, args...)...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &problems
		require.NoError(t, cmd.Run(), "%s", &problems)
		return out.Bytes()
	}
	run(t, []byte(private), "--import")
	return func(t *testing.T, sealed []byte) []byte { return run(t, sealed, "--decrypt") }
}
