package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/sandbox/feeds"
	"transporter/internal/task"
)

// feedTask is a task that reads a feed, with the folder that it alone delivers to.
type feedTask struct {
	*feedStack
	id, table, delivery, dedupe, version string
	key, order                           []string // that tell rows apart and rank them, where they are others than dedupe says
	folder                               string
	truth                                string // where the sandbox says what is true: below /_admin/feeds/
}

// feedTask makes a task of a table; params are feed_version and dedupe with their values.
func (f *feedStack) feedTask(t *testing.T, table, delivery string, params ...string) feedTask {
	t.Helper()
	return f.feedTaskOf(t, feedSpec("asapp."+table, delivery), table, delivery, params...)
}

func (f *feedStack) feedTaskOf(t *testing.T, s task.Spec, table, delivery string, params ...string) feedTask {
	t.Helper()
	x := feedTask{feedStack: f, table: table, delivery: delivery, dedupe: "reference", version: "1", truth: "truth/" + table}
	for i := 0; i+1 < len(params); i += 2 {
		s.Parameters[params[i]] = json.RawMessage(`"` + params[i+1] + `"`)
		switch params[i] {
		case "dedupe":
			x.dedupe = params[i+1]
		case "feed_version":
			x.version = params[i+1]
		}
	}
	x.folder = path.Join("feeds", f.source, table, delivery, x.dedupe, x.version)
	s.Destinations = []task.Leg{{Destination: f.partner, Path: x.folder, Encryption: task.Encryption{Mode: task.EncryptPGP, Keys: []string{f.key}}}}
	x.id = f.task(t, s)
	return x
}

func feedSpec(report, delivery string) task.Spec {
	s := spec(report, "jsonl", "delivery", `"`+delivery+`"`)
	s.Zone = "UTC"
	return s
}

// scheduled makes a task of which one window is due: it is run by the schedule, as those are that can
// be revised.
func (f *feedStack) scheduled(t *testing.T, table, delivery string, w httpapi.WindowView) (x feedTask, run string) {
	t.Helper()
	x = f.recurring(t, table, delivery, w, w.To.Sub(w.From))
	eventually(t, "the window is begun", func() bool {
		runs, err := x.api.Runs(t.Context(), x.account, apiclient.RunFilter{Task: x.id})
		require.NoError(t, err)
		if len(runs) > 0 {
			run = runs[0].ID
		}
		return run != ""
	})
	return x, run
}

// recurring makes a task whose windows of a time are all due.
func (f *feedStack) recurring(t *testing.T, table, delivery string, within httpapi.WindowView, every time.Duration, params ...string) feedTask {
	t.Helper()
	s := feedSpec("asapp."+table, delivery)
	s.Frequency, s.Start, s.End = task.Frequency{Kind: task.Interval, Every: task.Duration(every)}, &within.From, &within.To
	if every == feeds.Day {
		s.Frequency = task.Frequency{Kind: task.Daily, At: "00:00"}
	}
	return f.feedTaskOf(t, s, table, delivery, params...)
}

// ends waits until a run has delivered.
func (x feedTask) ends(t *testing.T, run string) httpapi.RunDetail {
	t.Helper()
	d := x.end(t, run)
	require.Contains(t, []string{contract.OutcomeDelivered, contract.OutcomeEmpty}, d.Outcome, d.Error)
	return d
}

// begins starts the run of a window; delivers waits until it is delivered; nothing may be a delivery, too.
func (x feedTask) begins(t *testing.T, w httpapi.WindowView) string {
	t.Helper()
	return x.begin(t, x.id, w)
}

func (x feedTask) delivers(t *testing.T, w httpapi.WindowView) httpapi.RunDetail {
	t.Helper()
	return x.ends(t, x.begins(t, w))
}

// revises looks again at a window and returns what came of it.
func (x feedTask) revises(t *testing.T, w httpapi.WindowView) httpapi.RunDetail {
	t.Helper()
	look, err := x.api.ReviseTask(t.Context(), x.account, x.id, &w, apiclient.Write{})
	require.NoError(t, err)
	return x.end(t, look.Run)
}

// waits starts the run of a window, which must say what it waits for.
func (x feedTask) waits(t *testing.T, w httpapi.WindowView, words ...string) string {
	t.Helper()
	run := x.begins(t, w)
	x.says(t, run, contract.ActivityAwait, words...)
	return run
}

// goesOn has a run that waits try again, until it is delivered.
func (x feedTask) goesOn(t *testing.T, run string) httpapi.RunDetail {
	t.Helper()
	x.nudge(t, run)
	return x.ends(t, run)
}

// red waits until a run ends, which must be red and say so.
func (x feedTask) red(t *testing.T, run, kind string, words ...string) httpapi.RunDetail {
	t.Helper()
	d := x.end(t, run)
	require.Equal(t, kind, d.ErrorKind, d.Error)
	require.NotEqual(t, contract.OutcomeDelivered, d.Outcome)
	for _, w := range words {
		require.Contains(t, d.Error, w)
	}
	t.Logf("red: %s", d.Error)
	return d
}

// feedRow is a row as its receiver reads it.
type feedRow struct {
	Leaf   string `json:"feed_leaf"`
	File   string `json:"feed_file"`
	Line   int    `json:"feed_line"`
	Key    string `json:"_row_key"`
	Change string `json:"_change"`
	raw    string
}

func (r feedRow) place() string { return placeOf(r.Leaf, r.File, r.Line) }

func placeOf(leaf, file string, line int) string {
	text, _ := json.Marshal([]any{leaf, file, line})
	return string(text)
}

// feedSet is what one manifest of the receiver's folder says, with the rows of its files.
type feedSet struct {
	From     time.Time `json:"from"`
	Revision int       `json:"revision"`
	Rows     int       `json:"rows"`
	Table    *struct {
		State int `json:"state"`
	} `json:"table"`
	Files []struct {
		Name string `json:"name"`
	} `json:"files"`
	rows []feedRow
}

// is reports whether both are of one manifest.
func (s feedSet) is(o feedSet) bool { return s.From.Equal(o.From) && s.Revision == o.Revision }

// sets reads all that the task has delivered.
func (x feedTask) sets(t *testing.T) (all []feedSet) {
	t.Helper()
	for _, name := range x.files(t, x.partner) {
		if !strings.HasPrefix(name, x.folder+"/") || !strings.HasSuffix(name, ".manifest.json") {
			continue
		}
		var m struct{ Manifest feedSet }
		require.NoError(t, json.Unmarshal(x.raw(t, x.partner, name), &m))
		set := m.Manifest
		for _, file := range set.Files {
			d := delivered{raw: x.raw(t, x.partner, path.Join(x.folder, file.Name))}
			d.Encrypted = true
			set.rows = append(set.rows, feedRows(t, d.clear(t, receiver(t)))...)
		}
		require.Len(t, set.rows, set.Rows)
		all = append(all, set)
	}
	return all
}

func feedRows(t *testing.T, text []byte) (rows []feedRow) {
	t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, largestLine)
	for lines.Scan() {
		r := feedRow{raw: lines.Text()}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &r))
		rows = append(rows, r)
	}
	require.NoError(t, lines.Err())
	return rows
}

// has is the table of a reader who knows nothing but the manifests, which are found in any order, each twice:
// states in their order, and of windows the newest revision.
func (x feedTask) has(t *testing.T) (rows []feedRow) {
	t.Helper()
	sets := slices.Repeat(x.sets(t), 2)
	rand.Shuffle(len(sets), func(i, j int) { sets[i], sets[j] = sets[j], sets[i] })
	if x.delivery == "leaf" {
		newest := map[time.Time]feedSet{}
		for _, s := range sets {
			if old, ok := newest[s.From]; !ok || old.Revision < s.Revision {
				newest[s.From] = s
			}
		}
		for _, s := range newest {
			rows = append(rows, s.rows...)
		}
		return rows
	}
	slices.SortFunc(sets, func(a, b feedSet) int { return a.Table.State - b.Table.State })
	table := map[string]feedRow{}
	for i, s := range sets {
		require.True(t, i == 0 || sets[i-1].Table.State < s.Table.State || sets[i-1].is(s), "no state is there twice")
		if x.delivery == "snapshot" {
			clear(table)
		}
		for _, r := range s.rows {
			if table[r.Key] = r; r.Change == "removed" {
				delete(table, r.Key)
			}
		}
	}
	for _, r := range table {
		rows = append(rows, r)
	}
	return rows
}
