package e2e

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/task"
)

// A file of a window that was read in a sweep is, byte for byte, that of a window read by
// itself, whichever time decides the window; and the sweep asks the source little.
func TestSweepIsEqualToFetches(t *testing.T) {
	t.Parallel()
	const windows, quarter = 6, 15 * time.Minute
	s := start(t, options{})
	b := s.brand(t)
	w := s.before(24*time.Hour, windows*quarter)
	for name, of := range map[string]struct{ report, format, basis string }{
		"by end":      {"raw.messaging_interactions", "jsonl", "end"},
		"by full end": {"msg.messages", "csv", "full_dialog_end"},
		"by start":    {"msg.conversations", "jsonl", "start"},
	} {
		t.Run(name, func(t *testing.T) {
			swept := spec(of.report, of.format, "time_basis", `"`+of.basis+`"`)
			swept.Frequency = task.Frequency{Kind: task.Interval, Every: task.Duration(quarter)}
			swept.Start, swept.End, swept.Delay = &w.From, &w.To, new(task.Duration)
			alone := swept
			swept.Destinations, alone.Destinations = b.clear(path.Join("swept", of.report)), b.clear(path.Join("alone", of.report))
			alone.Start, alone.End = nil, nil

			before := s.calls(t)
			together := b.task(t, swept)
			require.Equal(t, windows, b.backfill(t, together, "entry-1").Total)
			sweep := s.calls(t) - before
			apart := b.task(t, alone)
			rows := int64(0)
			for _, line := range b.covered(t, together).Windows {
				one := b.look(t, line.Run)
				require.Contains(t, detail(one, "fetch"), "one sweep of 6 windows")
				other := b.run(t, apart, httpapi.WindowView{From: line.From, To: line.To})
				require.NotContains(t, detail(other, "fetch"), "sweep")
				require.Equal(t, one.Rows, other.Rows)
				require.Equal(t, one.Outcome, other.Outcome)
				require.Equal(t, hashes(one), hashes(other))
				rows += one.Rows
			}
			require.Positive(t, rows)
			require.Less(t, sweep, (s.calls(t)-before-sweep)/3, "calls of the sweep")
			require.Empty(t, b.left(t, "pages", "sweeps"), "nothing outlives its run")
		})
	}
}

// clear is an unencrypted leg to the cloud store.
func (b *brand) clear(folder string) []task.Leg {
	return []task.Leg{{Destination: b.cloud, Path: folder, Encryption: task.Encryption{Mode: task.EncryptNone}}}
}

// hashes name the data files of a run by what is in them.
func hashes(run httpapi.RunDetail) (all []string) {
	for _, f := range run.Files {
		all = append(all, f.Name+" "+f.SHA256)
	}
	return all
}

// detail is what a run says of a step.
func detail(run httpapi.RunDetail, step string) string {
	for _, s := range run.Steps {
		if s.Name == step {
			return s.Detail
		}
	}
	return ""
}

// left lists the objects that the store holds below the folders.
func (b *brand) left(t *testing.T, folders ...string) (objects []string) {
	t.Helper()
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(b.StoreDir(), folder), func(name string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err == nil && !entry.IsDir() {
				objects = append(objects, name)
			}
			return err
		})
		require.NoError(t, err)
	}
	return objects
}
