package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/httpapi"
)

// foreign is the content of a file that is not ours.
const foreign = "somebody else's file"

// A file of somebody else under the name that ours would get is never overwritten, however
// often the run is resumed; when it is gone, the run ends green.
func TestForeignFileIsNeverOverwritten(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	w := s.before(24*time.Hour, time.Hour)
	for _, c := range []struct {
		name     string
		place    func(*brand) string // the destination
		manifest bool                // the file is in the manifest's place
	}{
		{"data file at the SFTP server", func(b *brand) string { return b.partner }, false},
		{"manifest at the SFTP server", func(b *brand) string { return b.partner }, true},
		{"data file in the cloud store", func(b *brand) string { return b.cloud }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := s.brand(t)
			// A first task delivers the window elsewhere and so tells the names.
			first := spec("msg.conversations", "csv")
			first.Destinations = b.legs("known")
			require.Equal(t, "delivered", b.run(t, b.task(t, first), w).Outcome)
			destination := c.place(b)
			name := b.put(t, destination, c.manifest)

			second := spec("msg.conversations", "csv")
			second.Destinations = b.legs("taken")
			run := b.run(t, b.task(t, second), w)
			b.requireCollision(t, run, destination, name)
			again := b.resume(t, run.ID)
			b.requireCollision(t, again, destination, name)

			calls := s.calls(t)
			require.NoError(t, os.Remove(filepath.Join(b.folder(t, destination), name)))
			green := b.resume(t, again.ID)
			require.Equal(t, "delivered", green.Outcome, green.Error)
			require.Equal(t, calls, s.calls(t), "the source is not asked again")
			want := s.world(t, byEnd, w).conversations()
			require.Equal(t, want, b.rows(t, green, destination))
			require.Len(t, b.files(t, destination), 4, "two files and two manifests")
			requireSameFiles(t, b)
		})
	}
}

// put places a foreign file where the second task would write, and returns its name.
func (b *brand) put(t *testing.T, destination string, manifest bool) string {
	t.Helper()
	for _, name := range b.files(t, destination) {
		if strings.HasSuffix(name, ".manifest.json") != manifest {
			continue
		}
		taken := strings.Replace(name, "known/", "taken/", 1)
		path := filepath.Join(b.folder(t, destination), taken)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(foreign), 0o600))
		return taken
	}
	t.Fatal("no such file was delivered")
	return ""
}

// requireCollision asserts that the run is red, names the foreign file, has left it as it
// was, and has delivered the other leg.
func (b *brand) requireCollision(t *testing.T, run httpapi.RunDetail, destination, name string) {
	t.Helper()
	require.Equal(t, "failed", run.Outcome)
	require.Equal(t, string(fault.Collision), run.ErrorKind, run.Error)
	require.Contains(t, run.Error, filepath.Base(name))
	require.Equal(t, foreign, string(b.raw(t, destination, name)), "the foreign file is untouched")
	for _, r := range run.Receipts {
		require.NotContains(t, r.Leg, destination, "no receipt for the leg that is red")
	}
	other := map[string]string{b.cloud: b.partner, b.partner: b.cloud}[destination]
	require.Len(t, b.files(t, other), 4, "the other leg is delivered")
}
