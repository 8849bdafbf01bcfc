package activities_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed/doortest"
	"transporter/internal/feedschema"
	"transporter/internal/sandbox/feeds"
	"transporter/internal/task"
)

// rekey has the platform describe another primary key of a table, and an operator release it.
func (f *feedBench) rekey(table string, key ...string) {
	f.t.Helper()
	book, door, ctx := f.run.Holds.(*feedschema.Book), &doortest.Memory{}, f.t.Context()
	for i, says := range []string{"issue_id, nothing", strings.Join(key, ", ")} {
		at := f.now.Add(time.Duration(f.rekeyed*2+i) * 2 * time.Hour)
		columns := ""
		for _, c := range append([]string{"issue_id", "nothing"}, key...) {
			columns += fmt.Sprintf("{name: %s}, ", c)
		}
		door.Put("docs/export_docs.yaml", fmt.Sprintf("schemas: [{tables: [{name: %s, primary_key: %q, columns: [%s]}]}]", table, says, columns), at.Add(-time.Hour))
		_, err := book.Look(ctx, door, feedschema.Ask{Account: "acme", Source: "src", Now: at})
		require.NoError(f.t, err)
	}
	f.rekeyed++
	holds, err := book.Held(ctx, "acme", "src", table, "1")
	require.NoError(f.t, err)
	require.NotEmpty(f.t, holds)
	for _, h := range holds {
		key := feedschema.CatalogKey
		if h.ID == holds[len(holds)-1].ID {
			key = ""
		}
		_, err = book.Release(ctx, "acme", "src", table, "1", h.ID, feedschema.Release{Reason: "ops", At: f.now, Key: key})
		require.NoError(f.t, err)
	}
}

// Whenever a key is released, and whatever the platform has removed since: a table ends in the true rows by
// the released key with the next window that is rendered, and what is delivered by leaf with its revision.
func TestTablesAreMadeAnewByAReleasedKey(t *testing.T) {
	for name, c := range map[string]struct {
		key      []string
		vanishes bool // the rows that are kept are enough: those that gave way would give way again
		between  bool // it is released when the window is read, and not rendered
	}{
		"coarser":                               {[]string{"issue_id"}, true, false},
		"coarser, while a window is under way":  {[]string{"issue_id"}, true, true},
		"finer":                                 {[]string{"issue_id", "queue_id", "enter_queue_ts", "exit_queue_ts", "abandoned"}, false, false},
		"finer, while a window is under way":    {[]string{"issue_id", "queue_id", "enter_queue_ts", "instance_ts"}, false, true},
		"another of as many columns":            {[]string{"company_name", "rep_id", "queue_name"}, false, false},
		"a column that no row has is null":      {[]string{"issue_id", "no_row_has_it"}, true, false},
		"the same in another order of columns":  {[]string{"queue_id", "enter_queue_ts", "issue_id"}, true, false},
		"a column that is described as removed": {[]string{"agent_id", "conversation_id"}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const table = "issue_queues"
			f := newFeedBench(t, 3)
			f.bucket.random = rand.New(rand.NewPCG(3, 7))
			filling := feeds.Filling{Tables: []string{table}, From: midnight, Through: midnight.Add(24 * time.Hour), Again: 20}
			require.NoError(t, f.world.Fill(t.Context(), f.bucket, filling))
			windows := f.windows(table)
			tasks := map[string]string{}
			for _, delivery := range []string{"changes", "snapshot", "leaf"} {
				id := f.task(table, delivery, "reference", task.Leg{})
				for _, w := range windows[:2] {
					_, publish := f.delivers(id, w, 0)
					publish()
				}
				tasks[delivery] = id
			}
			if c.vanishes {
				for _, key := range []string{"hr=03", "hr=12"} {
					f.removes(key)
				}
			}
			steps := 0
			release := func() {
				if steps++; steps == 1 {
					f.rekey(table, c.key...)
				}
			}
			if c.between {
				f.between = release // after the first step that is tried again: the fetch
			} else {
				release()
			}
			for _, delivery := range []string{"changes", "snapshot"} {
				_, publish := f.delivers(tasks[delivery], windows[2], 0)
				publish()
				sets := f.sets(tasks[delivery])
				require.Len(t, sets, 3)
				require.Equal(t, f.truth(table, delivery, "reference", c.key...), apply(delivery, sets), delivery)
			}
			_, publish := f.delivers(tasks["leaf"], windows[2], 0)
			publish()
			for _, w := range windows[:2] {
				out, publish := f.delivers(tasks["leaf"], w, 1)
				require.False(t, out.Tracked.Unchanged)
				publish()
			}
			require.Equal(t, f.truth(table, "leaf", "reference", c.key...), apply("leaf", f.sets(tasks["leaf"])))
			for _, delivery := range []string{"changes", "snapshot"} { // a look finds nothing more to do
				out, publish := f.delivers(tasks[delivery], windows[0], 1)
				require.True(t, out.Tracked.Unchanged)
				publish()
			}
		})
	}
}

// removes has the platform remove the leaves of an hour.
func (f *feedBench) removes(hour string) {
	f.t.Helper()
	f.bucket.mu.Lock()
	defer f.bucket.mu.Unlock()
	was := len(f.bucket.objects)
	for key := range f.bucket.objects {
		if strings.Contains(key, "/"+hour+"/") {
			delete(f.bucket.objects, key)
		}
	}
	require.Less(f.t, len(f.bucket.objects), was)
}

// Rows that cannot be told apart by the new key are held by their places, of the window's leaf, of one that was
// delivered before, or of both.
func TestARowWithoutTheNewKeyIsHeld(t *testing.T) {
	const table = "sms_events"
	good, bad, none := `{"sms_flow_id":"b","sent_ts":"2026-11-19T01:00:00"}`, `{"sms_flow_id":"a","sent_ts":"soon"}`, `no row`
	for name, c := range map[string]struct {
		was, now, anew string
		removed        bool
		held           []int // hours
	}{
		"as it is exported":                           {was: bad, now: good, held: []int{0}},
		"of the rows that are kept":                   {was: bad, now: good, removed: true, held: []int{0}},
		"and of the window's leaf":                    {was: bad, now: bad, held: []int{0, 1}},
		"and a line of the window's that is no row":   {was: bad, now: none, held: []int{0, 1}},
		"of a leaf that the window brings once more":  {was: bad, anew: bad + "\n" + good, held: []int{0}},
		"which the leaf does not have, as it is anew": {was: bad, anew: good},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFeedBench(t, 1)
			hour := func(n int) contract.Span {
				return contract.Span{From: midnight.Add(time.Duration(n) * time.Hour).UnixMilli(), To: midnight.Add(time.Duration(n+1) * time.Hour).UnixMilli()}
			}
			export := func(n int, rows string, at time.Time) {
				folder := fmt.Sprintf("sms_events/version=1/format=jsonl/dt=2026-11-19/hr=%02d/", n)
				require.NoError(t, f.bucket.Put(t.Context(), folder+"sms_events.jsonl", []byte(rows+"\n"), at))
				require.NoError(t, f.bucket.Put(t.Context(), folder+"_SUCCESS", nil, at.Add(time.Second)))
			}
			export(0, c.was, midnight.Add(time.Hour))
			export(1, c.now, midnight.Add(2*time.Hour))
			id := f.task(table, "changes", "reference", task.Leg{})
			_, publish := f.delivers(id, hour(0), 0)
			publish()
			if c.removed {
				f.removes("hr=00")
			}
			f.rekey(table, "sms_flow_id", "sent_ts")
			run := f.runOf(id, hour(1), 0)
			if c.anew != "" {
				f.now = f.now.Add(3 * time.Hour)
				export(0, c.anew, f.now.Add(-time.Hour))
				run = f.runOf(id, hour(0), 1)
			}
			plan, err := f.run.Plan(t.Context(), contract.PlanIn{Run: run, Nominal: f.now, WorkflowID: "w", RunID: "run"})
			require.NoError(t, err)
			in := contract.StepIn{Plan: plan.Plan}
			fetched, err := do[contract.FetchOut](f.run.Fetch, in)
			require.NoError(t, err)
			in.Fetched = fetched.Index
			_, err = do[contract.TransformOut](f.run.Transform, in)
			if len(c.held) == 0 {
				require.NoError(t, err)
				return
			}
			requireKind(t, fault.Incomplete, err)
			require.ErrorContains(t, err, fmt.Sprintf("%d of ", len(c.held)))
			for _, n := range c.held {
				require.ErrorContains(t, err, fmt.Sprintf("!dt=2026-11-19/hr=%02d sms_events.jsonl line 1", n))
			}
			require.Len(t, f.sets(id), 1)
		})
	}
}
