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
				require.True(t, bytes.Equal(f.clear(t, receiver(t)), gpg.open(t, f.raw)), f.Name)
			}
		}
	}
}

// gnuPG is a receiver's GnuPG: the folder of its keys.
type gnuPG string

// newGnuPG returns a GnuPG that holds the keys alone.
func newGnuPG(t *testing.T, keys ...string) gnuPG {
	t.Helper()
	// t.TempDir is too long: gpg-agent's socket must fit into 108 bytes.
	home, err := os.MkdirTemp("", "gpg")
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		_ = os.RemoveAll(home)
	})
	g := gnuPG(home)
	for _, key := range keys {
		_, said, err := g.run([]byte(key), "--import")
		require.NoError(t, err, said)
	}
	return g
}

// run returns what the program writes, and what it says of it: problems and, by the lines of
// its doc/DETAILS, signatures.
func (g gnuPG) run(in []byte, args ...string) (out []byte, said string, err error) {
	var written, status bytes.Buffer
	cmd := exec.Command("gpg", append([]string{
		"--homedir", string(g), "--batch", "--yes", "--pinentry-mode", "loopback", "--status-fd", "2",
	}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &written, &status
	err = cmd.Run()
	return written.Bytes(), status.String(), err
}

// open decrypts a message that is for one of the keys.
func (g gnuPG) open(t *testing.T, sealed []byte) []byte {
	t.Helper()
	clear, said, err := g.run(sealed, "--decrypt")
	require.NoError(t, err, said)
	return clear
}

// refuse asserts that no key that it holds opens the message.
func (g gnuPG) refuse(t *testing.T, sealed []byte) {
	t.Helper()
	clear, said, err := g.run(sealed, "--decrypt")
	require.Error(t, err)
	require.Contains(t, said, "NO_SECKEY")
	require.Empty(t, clear)
}
