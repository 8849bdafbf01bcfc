package activities_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

// A partition with another number of rows than export_row_counts says is red, and can be accepted by
// the name that the run lists. Until the counts are there nothing waits for them.
func TestRowCountsOfThePlatform(t *testing.T) {
	f := newFeedBench(t, 5)
	scenario, err := f.world.Scenario("counts")
	require.NoError(t, err)
	counts := len(scenario.Steps) - 1
	for _, step := range scenario.Steps[:counts] {
		require.NoError(t, step.Apply(t.Context(), f.bucket))
	}
	date := midnight.UTC().Format(time.DateOnly)
	for _, hour := range []int{0, 1, 2, 3, 4, 7} {
		flag := fmt.Sprintf("issue_session_merge/version=1/format=jsonl/dt=%s/hr=%02d/_SUCCESS", date, hour)
		require.NoError(t, f.bucket.Put(t.Context(), flag, nil, midnight.Add(time.Duration(hour+1)*time.Hour)))
	}
	early, id := f.task("issue_session_merge", "changes", "reference", task.Leg{}), f.task("issue_session_merge", "changes", "reference", task.Leg{})
	window := f.windows("issue_session_merge")[0]
	_, publish := f.delivers(early, window, 0)
	publish()
	require.NoError(t, scenario.Steps[counts].Apply(t.Context(), f.bucket))

	run := contract.RunInput{Account: "acme", Task: id, Generation: 1, Window: &window, Trigger: contract.TriggerResume}
	attempt := func(workflowID string, n int, accept *contract.Acceptance) (contract.PlanOut, error) {
		run.Attempt, run.Accept = n, accept
		plan, err := f.run.Plan(t.Context(), contract.PlanIn{Run: run, Nominal: f.now, WorkflowID: workflowID, RunID: "run"})
		require.NoError(t, err)
		_, err = do[contract.FetchOut](f.run.Fetch, contract.StepIn{Plan: plan.Plan})
		return plan, err
	}
	plan, err := attempt("w1", 1, nil)
	requireKind(t, fault.Incomplete, err)
	require.ErrorContains(t, err, "1 of 8 partitions read with another number of rows than the platform counts: dt="+date+"/hr=06: ")
	require.ErrorContains(t, err, "rows were read, export_row_counts says")
	run.Accept = nil
	require.NoError(t, f.run.Record(t.Context(), contract.RecordIn{
		Run: run, WorkflowID: "w1", Plan: plan.Plan, Outcome: contract.OutcomeIncomplete, Error: "red", ErrorKind: string(fault.Incomplete), Started: f.now,
	}))
	record, err := f.run.Book.Run(t.Context(), "acme", id, "w1")
	require.NoError(t, err)
	require.Len(t, record.Quarantined, 1)
	require.Equal(t, "!dt="+date+"/hr=06 row count 8 instead of 9", record.Quarantined[0].Record)
	accepted := &contract.Acceptance{Records: []string{record.Quarantined[0].Record}, Note: "seen"}
	_, err = attempt("w2", 2, accepted)
	require.NoError(t, err)
	run.Task, run.Accept = early, nil
	f.countsThatComeLate(early, run, accepted)
}

// lateCounts is what a pass over the tasks of the bench sees, and starts.
type lateCounts struct {
	*feedBench
	started []contract.StartRun
}

// Snapshot implements activities.Accounts.
func (l *lateCounts) Snapshot(context.Context, string) (account.Snapshot, error) {
	s := account.Snapshot{Sources: map[string]account.Source{"src": {}}, Tasks: map[string]account.Task{}}
	for n := range l.tasks {
		id := fmt.Sprintf("feed%d", n+1)
		entries, err := l.run.Ledger.Entries(l.t.Context(), "acme", id)
		if err != nil {
			return s, err
		}
		s.Tasks[id] = account.Task{State: account.TaskEnabled, Spec: entries[len(entries)-1].Spec}
	}
	return s, nil
}

// Start implements activities.Launcher.
func (l *lateCounts) Start(_ context.Context, in contract.StartRun) error {
	l.started = append(l.started, in)
	return nil
}

// Await implements activities.Launcher.
func (l *lateCounts) Await(context.Context, string) (contract.RunResult, error) {
	return contract.RunResult{}, nil
}

// Open implements activities.Launcher.
func (l *lateCounts) Open(context.Context, string, string) (map[string]bool, error) { return nil, nil }

// pass looks for late data an hour later, and returns the runs that it starts.
func (l *lateCounts) pass() []contract.StartRun {
	l.t.Helper()
	l.now, l.started = l.now.Add(time.Hour), nil
	revise := &activities.Revise{Accounts: l, Ledger: l.run.Ledger, Book: l.run.Book, Runs: l, Now: l.run.Now, Exporters: l.feedBench, Feeds: l.run.Feeds.Ledger, Holds: l.run.Holds, Told: l.run.Told}
	_, err := do[contract.Revised](revise.Account, contract.ReconcileIn{Account: "acme"})
	require.NoError(l.t, err)
	return l.started
}

// A window that was delivered before its counts came is looked at once they are there: by a run that is
// red for a wrong one, once, until a person accepts it by name.
func (f *feedBench) countsThatComeLate(task string, run contract.RunInput, accepted *contract.Acceptance) {
	f.t.Helper()
	l := &lateCounts{feedBench: f}
	looks := l.pass()
	require.Len(f.t, looks, 1)
	in := looks[0].Input
	require.Equal(f.t, []any{task, 1, contract.TriggerRevision}, []any{in.Task, in.Revision, in.Trigger})
	attempt := func(id string, n int, accept *contract.Acceptance) (contract.PlanOut, contract.FetchOut, error) {
		in.Attempt, in.Accept = n, accept
		plan, err := f.run.Plan(f.t.Context(), contract.PlanIn{Run: in, Nominal: f.now, WorkflowID: id, RunID: "run"})
		require.NoError(f.t, err)
		fetched, err := do[contract.FetchOut](f.run.Fetch, contract.StepIn{Plan: plan.Plan})
		return plan, fetched, err
	}
	_, _, err := attempt("r1", 1, nil)
	requireKind(f.t, fault.Incomplete, err)
	require.ErrorContains(f.t, err, "/hr=06: ")
	require.Empty(f.t, l.pass(), "it is red, and waits for a person")

	plan, fetched, err := attempt("r2", 2, accepted)
	require.NoError(f.t, err)
	out, err := do[contract.TransformOut](f.run.Transform, contract.StepIn{Plan: plan.Plan, Fetched: fetched.Index})
	require.NoError(f.t, err)
	require.True(f.t, out.Tracked.Unchanged, "the rows are those that were delivered")
	require.NoError(f.t, f.run.Record(f.t.Context(), contract.RecordIn{
		Run: in, WorkflowID: "r2", RunID: "run", Plan: plan.Plan, Fetched: fetched, Rendered: out, Window: *run.Window, Started: f.now, Ended: f.now, Outcome: contract.OutcomeUnchanged,
	}))
	require.Empty(f.t, l.pass(), "it was accepted")

	f.exportedAgainWithLess()
	looks = l.pass()
	require.Len(f.t, looks, 1)
	in.Look, in.Accept = looks[0].Input.Look, nil
	require.Equal(f.t, 1, looks[0].Input.Revision)
	_, _, err = attempt("r3", 3, nil)
	requireKind(f.t, fault.Incomplete, err)
	require.ErrorContains(f.t, err, "/hr=06: 5 rows were read, export_row_counts says 9", "8 of 9 were accepted")
}

// exportedAgainWithLess cuts what was exported with one row too few to five rows. The platform counts what it did.
func (f *feedBench) exportedAgainWithLess() {
	f.t.Helper()
	date := midnight.UTC().Format(time.DateOnly)
	for key, o := range maps.Clone(f.bucket.objects) {
		switch {
		case strings.Contains(key, "issue_session_merge/") && strings.Contains(key, date+"/hr=06/") && !strings.HasSuffix(key, "_SUCCESS"):
			lines := strings.SplitAfter(string(o.content), "\n")
			require.Greater(f.t, len(lines), 5)
			require.NoError(f.t, f.bucket.Put(f.t.Context(), key, []byte(strings.Join(lines[:5], "")), f.now))
		case strings.Contains(key, "export_row_counts/"):
			require.NoError(f.t, f.bucket.Put(f.t.Context(), key, o.content, f.now.Add(time.Second)))
		}
	}
	f.now = f.now.Add(time.Hour) // they have settled
}

// Keys that are good for a feed and not for the counts read it as where nobody counts, and the run says so; so
// does who looks for late data.
func TestKeysThatMayNotReadTheCounts(t *testing.T) {
	f := newFeedBench(t, 1)
	for hour := range 16 {
		folder := fmt.Sprintf("sms_events/version=1/format=jsonl/dt=%s/hr=%02d/", midnight.UTC().Format(time.DateOnly), hour)
		at := midnight.Add(time.Duration(hour+1) * time.Hour)
		require.NoError(t, f.bucket.Put(t.Context(), folder+"sms_events.jsonl", []byte(`{"sms_flow_id":"a"}`), at))
		require.NoError(t, f.bucket.Put(t.Context(), folder+"_SUCCESS", nil, at))
	}
	id, windows := f.task("sms_events", "leaf", "reference", task.Leg{}), f.windows("sms_events")
	run := contract.RunInput{Account: "acme", Task: id, Generation: 1, Window: &windows[0], Trigger: contract.TriggerManual}
	fetch := func(name string) (contract.FetchOut, error) {
		plan, err := f.run.Plan(t.Context(), contract.PlanIn{Run: run, Nominal: f.now, WorkflowID: name, RunID: "run"})
		require.NoError(t, err)
		return do[contract.FetchOut](f.run.Fetch, contract.StepIn{Plan: plan.Plan})
	}
	f.bucket.denied = "sms_events/"
	_, err := fetch("w1")
	requireKind(t, fault.PermissionDenied, err)
	f.bucket.denied = "export_row_counts/"
	fetched, err := fetch("w1")
	require.NoError(t, err)
	require.EqualValues(t, 8, fetched.Fetched)
	require.Equal(t, "not compared with export_row_counts, which the source's keys may not read", fetched.Note)
	_, publish := f.delivers(id, windows[1], 0)
	publish()

	folder := "sms_events/version=1/format=jsonl/dt=" + midnight.UTC().Format(time.DateOnly) + "/hr=11/"
	require.NoError(t, f.bucket.Put(t.Context(), folder+"sms_events.jsonl", []byte(`{"sms_flow_id":"b"}`), f.now.Add(-time.Hour)))
	require.NoError(t, f.bucket.Put(t.Context(), folder+"_SUCCESS", nil, f.now.Add(-time.Hour)))
	looks := (&lateCounts{feedBench: f}).pass()
	require.Len(t, looks, 1, "what was exported anew is found")
}
