package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/feed"
	"transporter/internal/incident"
	"transporter/internal/task"
)

// quarters exports empty leaves of a feed by the minute.
func (f *feedBench) quarters(table string, from, to, after time.Duration) {
	f.t.Helper()
	for at := from; at < to; at += 15 * time.Minute {
		folder := feed.Path(feed.Place{Feed: table, Version: "1", Format: "jsonl"}, feed.StampOf(midnight.Add(at), feed.ByMinute))
		content := `{"instance_ts":"` + midnight.Add(at).UTC().Format("2006-01-02T15:04:05") + `","queue_name":"a","rep_id":"b"}`
		require.NoError(f.t, f.bucket.Put(f.t.Context(), folder+table+".jsonl", []byte(content), midnight.Add(at+after)))
		require.NoError(f.t, f.bucket.Put(f.t.Context(), folder+"_SUCCESS", nil, midnight.Add(at+after)))
	}
}

// A feed by the minute that stops leaves its window whole once it is late. People are told which part is not
// there, once, until all of it has come; the run says it, and so does the manifest of what is delivered.
func TestAPartOfAWindowThatNothingWasExportedOf(t *testing.T) {
	f := newFeedBench(t, 1)
	const hour = time.Hour
	f.quarters("queue_wfm", 0, 3*hour, 35*time.Minute)
	id := f.task("queue_wfm", "leaf", "reference", task.Leg{}, func(s *task.Spec) { s.Description = "Queues" })
	window, opened := f.windows("queue_wfm")[0], f.now.UTC()
	deliver := func(revision int) []task.Window {
		t.Helper()
		_, publish := f.delivers(id, window, revision)
		publish()
		for _, s := range f.sets(id) {
			if s.Revision == revision {
				return s.Absent
			}
		}
		t.Fatal("it is not delivered")
		return nil
	}
	open := func() []incident.Incident {
		t.Helper()
		all, err := f.run.Told.All(t.Context(), "acme")
		require.NoError(t, err)
		return all
	}
	part := func(from, to time.Duration) task.Window {
		return task.Window{From: midnight.Add(from).UTC(), To: midnight.Add(to).UTC()}
	}
	require.Equal(t, []task.Window{part(3*hour, 8*hour)}, deliver(0))
	told := open()
	require.Len(t, told, 1)
	require.Equal(t, []any{incident.FeedSilent, id, opened}, []any{told[0].Kind, told[0].Task, told[0].Opened})
	require.Equal(t, "Queues: the platform has exported nothing of a part of a window", told[0].Title)
	require.Equal(t, "2026-11-19T03:00Z to 2026-11-19T08:00Z", told[0].Detail)
	require.Equal(t, "ask the platform about it; what it exports within 35 days is delivered as a revision", told[0].Fix)

	f.now = f.now.Add(hour)
	f.quarters("queue_wfm", 4*hour, 8*hour, 30*hour)
	require.Equal(t, []task.Window{part(3*hour, 4*hour)}, deliver(1))
	require.Equal(t, told, open(), "it is the same, and not over")

	f.now = f.now.Add(hour)
	f.quarters("queue_wfm", 3*hour, 4*hour, 31*hour)
	require.Empty(t, deliver(2))
	require.Empty(t, open())
}

// A run says itself what it is without; a task without revisions says what to do about it.
func TestARunSaysWhichPartIsNotThere(t *testing.T) {
	f := newFeedBench(t, 1)
	f.quarters("queue_wfm", 0, 3*time.Hour, 35*time.Minute)
	window := f.windows("queue_wfm")[0]
	run := contract.RunInput{
		Account: "acme", Generation: 1, Window: &window, Trigger: contract.TriggerManual,
		Task: f.task("queue_wfm", "changes", "reference", task.Leg{}, func(s *task.Spec) { s.Revisions.Mode = task.RevisionsNone }),
	}
	plan, err := f.run.Plan(t.Context(), contract.PlanIn{Run: run, Nominal: f.now, WorkflowID: "w", RunID: "run"})
	require.NoError(t, err)
	for range 2 { // the second finds what the first has committed
		fetched, err := do[contract.FetchOut](f.run.Fetch, contract.StepIn{Plan: plan.Plan})
		require.NoError(t, err)
		require.Equal(t, "nothing was exported of 2026-11-19T03:00Z to 2026-11-19T08:00Z", fetched.Note)
	}
	told, err := f.run.Told.All(t.Context(), "acme")
	require.NoError(t, err)
	require.Len(t, told, 1)
	require.Contains(t, told[0].Fix, "run the window again once it has exported it")
}
