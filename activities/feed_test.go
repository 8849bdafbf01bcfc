package activities_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/sandbox/feeds"
	"transporter/internal/task"
)

// place is where a row was exported.
type place struct {
	Leaf string `json:"feed_leaf"`
	File string `json:"feed_file"`
	Line int    `json:"feed_line"`
}

// deliveredRow is a row as a receiver reads it.
type deliveredRow struct {
	place
	Key    string `json:"_row_key"`
	Change string `json:"_change"`
}

// set is a delivered file set.
type set struct {
	From     time.Time `json:"from"`
	Revision int       `json:"revision"`
	Rows     int       `json:"rows"`
	Table    *struct {
		State int `json:"state"`
	} `json:"table"`
	Files []struct {
		Name string `json:"name"`
	} `json:"files"`
	Absent []task.Window `json:"absent"`
	rows   []deliveredRow
}

// shelfFiles is where the destination's files lie in the store.
const shelfFiles = "cloud/acme/shelf/files/"

// sets reads all that the task has delivered.
func (f *feedBench) sets(id string) (all []set) {
	for info, err := range f.store.List(f.t.Context(), shelfFiles+id+"/") {
		require.NoError(f.t, err)
		if !strings.HasSuffix(info.Key, ".manifest.json") {
			continue
		}
		var m struct{ Manifest set }
		require.NoError(f.t, json.Unmarshal(f.content(info.Key), &m))
		s := m.Manifest
		for _, file := range s.Files {
			lines := bufio.NewScanner(strings.NewReader(string(f.content(shelfFiles + id + "/" + file.Name))))
			lines.Buffer(nil, 1<<20)
			for lines.Scan() {
				var r deliveredRow
				require.NoError(f.t, json.Unmarshal(lines.Bytes(), &r))
				s.rows = append(s.rows, r)
			}
		}
		require.Len(f.t, s.rows, s.Rows)
		all = append(all, s)
	}
	return all
}

func (f *feedBench) content(name string) []byte {
	r, err := f.store.Open(f.t.Context(), name, 0)
	require.NoError(f.t, err)
	b, err := io.ReadAll(r)
	require.NoError(f.t, err)
	require.NoError(f.t, r.Close())
	return b
}

// apply is a reader who knows nothing but the manifests: states in order, and of windows the newest
// revision.
func apply(delivery string, sets []set) map[place]bool {
	rows := map[place]bool{}
	if delivery == "leaf" {
		newest := map[time.Time]set{}
		for _, s := range sets {
			if old, ok := newest[s.From]; !ok || old.Revision < s.Revision {
				newest[s.From] = s
			}
		}
		for _, s := range newest {
			for _, r := range s.rows {
				rows[r.place] = true
			}
		}
		return rows
	}
	slices.SortFunc(sets, func(a, b set) int { return a.Table.State - b.Table.State })
	table := map[string]place{}
	for _, s := range sets {
		if delivery == "snapshot" {
			clear(table)
		}
		for _, r := range s.rows {
			if r.Change == "removed" {
				delete(table, r.Key)
				continue
			}
			table[r.Key] = r.place
		}
	}
	for _, p := range table {
		rows[p] = true
	}
	return rows
}

// truth is what the look-alike says.
func (f *feedBench) truth(table, delivery, dedupe string, key ...string) map[place]bool {
	ask := feeds.Question{Table: table, Mode: feeds.Mode(dedupe), Key: key, From: midnight, Through: midnight.Add(24 * time.Hour)}
	rows := map[place]bool{}
	questions := []feeds.Question{ask}
	if delivery == "leaf" { // each leaf by itself
		questions = nil
		for at := midnight; at.Before(ask.Through); at = at.Add(feeds.Find(table).Every) {
			one := ask
			one.From, one.Through = at, at.Add(feeds.Find(table).Every)
			questions = append(questions, one)
		}
	}
	for _, q := range questions {
		latest, err := f.world.Truth(q)
		require.NoError(f.t, err)
		for _, r := range latest {
			rows[place{r.Leaf, r.File, r.Line}] = true
		}
	}
	return rows
}

// Whatever is exported, exported anew, read in any order and over broken connections: applied by a
// reader who knows only what was delivered, it ends in the true rows.
func TestFeedsEndInTheTruth(t *testing.T) {
	for n, table := range truthTables() {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			testTruth(t, table, int64(n))
		})
	}
}

func testTruth(t *testing.T, table string, seed int64) {
	random := rand.New(rand.NewPCG(uint64(seed), 7))
	f := newFeedBench(t, seed)
	f.bucket.random = random
	filling := feeds.Filling{Tables: []string{table}, From: midnight, Through: midnight.Add(24 * time.Hour)}
	require.NoError(t, f.world.Fill(t.Context(), f.bucket, filling))
	type how struct{ delivery, dedupe string }
	tasks := map[how]string{}
	for _, delivery := range []string{"changes", "leaf", "snapshot"} {
		for _, dedupe := range []string{"reference", "repaired"} {
			tasks[how{delivery, dedupe}] = f.task(table, delivery, dedupe, task.Leg{})
		}
	}
	windows := f.windows(table)
	deliver := func(revision int) {
		for _, id := range tasks {
			random.Shuffle(len(windows), func(i, j int) { windows[i], windows[j] = windows[j], windows[i] })
			for _, w := range windows {
				_, publish := f.delivers(id, w, revision)
				publish()
			}
		}
	}
	check := func() {
		for h, id := range tasks {
			require.Equal(t, f.truth(table, h.delivery, h.dedupe), apply(h.delivery, f.sets(id)), "%s, %s", h.delivery, h.dedupe)
		}
	}
	deliver(0)
	check()
	f.now = f.now.Add(3 * time.Hour)
	filling.Again = 50
	require.NoError(t, f.world.Fill(t.Context(), f.bucket, filling))
	deliver(1)
	check()
}

// A look at what was not exported anew is not red for want of rows, of which it read none.
func TestALookAtAFeedThatIsAsItWas(t *testing.T) {
	const table = "reps"
	f := newFeedBench(t, 1)
	filling := feeds.Filling{Tables: []string{table}, From: midnight, Through: midnight.Add(24 * time.Hour)}
	require.NoError(t, f.world.Fill(t.Context(), f.bucket, filling))
	id := f.task(table, "changes", "repaired", task.Leg{}, func(s *task.Spec) { s.Expectation = task.NeverEmpty })
	window := f.windows(table)[0]
	_, publish := f.delivers(id, window, 0)
	publish()
	f.now = f.now.Add(3 * time.Hour)
	out, publish := f.delivers(id, window, 1)
	publish()
	require.Equal(t, &contract.Tracked{Mode: task.RevisionsFull, After: new(int), Unchanged: true}, out.Tracked)
	require.Len(t, f.sets(id), 1)
}

// A window whose rows say what the table says already is not empty; one of which nothing was exported is.
func TestRowsThatChangeNothingAreExpectedRows(t *testing.T) {
	f := newFeedBench(t, 1)
	hour := func(n int) contract.Span {
		return contract.Span{From: midnight.Add(time.Duration(n) * time.Hour).UnixMilli(), To: midnight.Add(time.Duration(n+1) * time.Hour).UnixMilli()}
	}
	for n, content := range []string{
		`{"issue_id":"a","last_event_ts":"2026-11-19T00:30:00"}` + "\n", `{"issue_id":"a","last_event_ts":"2026-11-19T00:10:00"}` + "\n", "",
	} {
		folder := fmt.Sprintf("convos_metadata/version=1/format=jsonl/dt=2026-11-19/hr=%02d/", n)
		at := midnight.Add(time.Duration(n+1) * time.Hour)
		require.NoError(t, f.bucket.Put(t.Context(), folder+"convos_metadata.jsonl", []byte(content), at))
		require.NoError(t, f.bucket.Put(t.Context(), folder+"_SUCCESS", nil, at.Add(time.Second)))
	}
	id := f.task("convos_metadata", "changes", "reference", task.Leg{}, func(s *task.Spec) { s.Expectation = task.NeverEmpty })
	out, publish := f.delivers(id, hour(0), 0)
	require.EqualValues(t, 1, out.Rows)
	publish()
	out, publish = f.delivers(id, hour(1), 0)
	require.Zero(t, out.Rows, "an older state of what is there")
	publish()
	window := hour(2)
	run := contract.RunInput{Account: "acme", Task: id, Generation: 1, Window: &window, Trigger: contract.TriggerManual}
	plan, err := f.run.Plan(t.Context(), contract.PlanIn{Run: run, Nominal: f.now, WorkflowID: "w", RunID: "run"})
	require.NoError(t, err)
	in := contract.StepIn{Plan: plan.Plan}
	fetched, err := do[contract.FetchOut](f.run.Fetch, in)
	require.NoError(t, err)
	in.Fetched = fetched.Index
	_, err = do[contract.TransformOut](f.run.Transform, in)
	requireKind(t, fault.UnexpectedEmpty, err)
}

// windows are those of the day that hold a leaf of the table.
func (f *feedBench) windows(table string) (all []contract.Span) {
	for at := midnight; at.Before(midnight.Add(24 * time.Hour)); at = at.Add(8 * time.Hour) {
		if feeds.Find(table).Every == feeds.Day && at.After(midnight) {
			break
		}
		all = append(all, contract.Span{From: at.UnixMilli(), To: at.Add(8 * time.Hour).UnixMilli()})
	}
	return all
}
