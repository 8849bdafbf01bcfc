package feeds_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/feeds"
)

// rowsIn counts the lines of all data files of complete leaves.
func (f *shelf) rowsIn(t *testing.T) map[string]int {
	t.Helper()
	count := map[string]int{}
	for key, content := range f.contents {
		if _, complete := f.contents[path.Dir(key)+"/_SUCCESS"]; !complete || path.Base(key) == "_SUCCESS" {
			continue
		}
		if strings.HasSuffix(key, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(content))
			require.NoError(t, err)
			content, err = io.ReadAll(z)
			require.NoError(t, err)
		}
		count[path.Dir(key)] += bytes.Count(content, []byte("\n"))
	}
	return count
}

// filling is a day of a few tables of each shape.
var filling = feeds.Filling{
	Tables: []string{"convos_metrics", "intents", "queue_wfm", "export_row_counts", "quick_reply_buttons"},
	From:   noon.Add(-36 * time.Hour), Through: noon, Again: 30,
}

func TestFillExportsWhatHasEnded(t *testing.T) {
	clock, kept := noon.Add(-24*time.Hour), &shelf{}
	w := feeds.New(feeds.Config{Seed: 3, Now: func() time.Time { return clock }})
	first := filling
	first.Again = 0
	require.NoError(t, w.Fill(t.Context(), kept, first))
	before := maps.Clone(kept.contents)
	require.Contains(t, kept.contents, "convos_metrics/version=1/format=jsonl/dt=2026-11-19/hr=10/_SUCCESS")
	require.NotContains(t, kept.contents, "convos_metrics/version=1/format=jsonl/dt=2026-11-19/hr=11/_SUCCESS", "it ends at noon, and takes a while")
	require.NotContains(t, kept.contents, "intents/version=1/format=jsonl/dt=2026-11-19/_SUCCESS")

	require.NoError(t, w.Fill(t.Context(), kept, first))
	require.Equal(t, before, kept.contents, "again changes nothing")
	clock = noon
	require.NoError(t, w.Fill(t.Context(), kept, first))
	require.Contains(t, kept.contents, "convos_metrics/version=1/format=jsonl/dt=2026-11-20/hr=10/_SUCCESS")
	require.Contains(t, kept.contents, "intents/version=1/format=jsonl/dt=2026-11-19/_SUCCESS")
	for key, content := range before {
		require.Equal(t, content, kept.contents[key], "%s stays", key)
	}
}

func TestFillCountsRows(t *testing.T) {
	kept := &shelf{}
	w := feeds.New(feeds.Config{Seed: 3, Now: func() time.Time { return noon }})
	require.NoError(t, w.Fill(t.Context(), kept, filling))
	counted, err := w.Truth(feeds.Question{Table: "export_row_counts"})
	require.NoError(t, err)
	rows := kept.rowsIn(t)
	for _, r := range counted {
		stamp := "dt=" + member(t, r.Row, "export_date").(string)
		if interval := member(t, r.Row, "export_interval").(string); interval != "" {
			stamp += "/" + interval
		}
		job := member(t, r.Row, "export_job").(string)
		if job == "quick_reply_button_interaction" {
			job = "quick_reply_buttons"
		}
		require.EqualValues(t, rows[job+"/version=1/format=jsonl/"+stamp], member(t, r.Row, "exported_rows"), "%s of %s", stamp, job)
	}
	require.Len(t, counted, 24+96+2, "all leaves of the one day that is whole")
}

func TestFillWritesSomeLeavesAgain(t *testing.T) {
	once, twice := &shelf{}, &shelf{}
	plain := filling
	plain.Again = 0
	w := feeds.New(feeds.Config{Seed: 3, Now: func() time.Time { return noon }})
	require.NoError(t, w.Fill(t.Context(), once, plain))
	require.NoError(t, feeds.New(feeds.Config{Seed: 3, Now: func() time.Time { return noon }}).Fill(t.Context(), twice, filling))
	changed := 0
	for key, content := range once.contents {
		require.Contains(t, twice.contents, key, "nothing is left over")
		if !bytes.Equal(content, twice.contents[key]) {
			changed++
		}
	}
	require.Greater(t, changed, 20)
	require.Less(t, changed, 100)
}

func TestFillNamesWhatIsUnknown(t *testing.T) {
	err := feeds.New(feeds.Config{}).Fill(t.Context(), &shelf{}, feeds.Filling{Tables: []string{"nothing"}})
	require.ErrorContains(t, err, "tables")
}
