package activities_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/source"
	"transporter/internal/task"
)

// expecting makes a task whose windows must have rows.
func (b *bench) expecting(id, report string, params map[string]json.RawMessage) {
	_, err := b.run.Ledger.(*ledger.Ledger).Append(b.t.Context(), "acme", id, ledger.Entry{
		EffectiveFrom: time.UnixMilli(day.From).Add(time.Hour), Generation: 1, State: ledger.Enabled,
		Spec: task.Spec{
			Source: "src", Report: report, Version: "1.0", Format: "jsonl", Zone: "UTC", Parameters: params,
			Frequency: task.Frequency{Kind: task.Daily, At: "00:00"}, EmptyResult: task.EmptyMarker, Expectation: task.NeverEmpty,
			Destinations: []task.Leg{{Destination: "shelf", Encryption: task.Encryption{Mode: task.EncryptNone}}},
		},
	})
	require.NoError(b.t, err)
}

// attempt runs the steps of a window up to its rendering, as the workflow does, and records what it is red for.
func (b *bench) attempt(id string, window contract.Span, n int, accept *contract.Acceptance) (contract.StepIn, error) {
	b.t.Helper()
	run := contract.RunInput{Account: "acme", Task: id, Generation: 1, Window: &window, Attempt: n, Accept: accept, Trigger: contract.TriggerResume}
	name := fmt.Sprint(id, window.From, "/", n)
	plan, err := b.run.Plan(b.t.Context(), contract.PlanIn{Run: run, Nominal: b.now, WorkflowID: name, RunID: "run"})
	require.NoError(b.t, err)
	require.Empty(b.t, plan.SkipWhy)
	in := contract.StepIn{Plan: plan.Plan}
	var fetched contract.FetchOut
	if plan.Kept != nil {
		fetched = plan.Kept.Fetched
	} else {
		fetched, err = b.fetch(plan.Plan)
		require.NoError(b.t, err)
	}
	in.Fetched = fetched.Index
	_, err = do[contract.TransformOut](b.run.Transform, in)
	if err != nil {
		requireKind(b.t, fault.UnexpectedEmpty, err)
		require.NoError(b.t, b.run.Record(b.t.Context(), contract.RecordIn{
			Run: run, WorkflowID: name, RunID: "run", Plan: plan.Plan, Fetched: fetched, Window: window,
			Outcome: contract.OutcomeFailed, Error: "red", ErrorKind: string(fault.UnexpectedEmpty), Started: b.now, Ended: b.now,
		}))
	}
	return in, err
}

// A window that the source answers empty by mistake is not what the next one goes on from: delivered
// right, it leaves the state that it ends with.
func TestAnEmptyWindowLeavesNoState(t *testing.T) {
	a := newActivity(t)
	a.expecting("stays", "agent.status_segments", nil)
	first, next := day, contract.Span{From: day.To, To: day.To + 24*time.Hour.Milliseconds()}
	_, err := a.attempt("stays", first, 1, nil)
	requireKind(t, fault.UnexpectedEmpty, err)
	_, err = a.attempt("stays", first, 2, nil)
	requireKind(t, fault.UnexpectedEmpty, err)
	require.Len(t, a.asked, 2, "it is asked anew")

	from := time.UnixMilli(first.From).UTC()
	a.changes = []source.Record{
		statusChange(from.Add(time.Hour), 9, 1, 1, 2), statusChange(from.Add(2*time.Hour), 9, 2, 1, 4), statusChange(from.Add(30*time.Hour), 9, 3, 4, 1),
	}
	in, err := a.attempt("stays", first, 3, nil)
	require.NoError(t, err)
	rows, err := a.rows(in)
	require.NoError(t, err)
	require.Contains(t, rows, `"status":"online"`)
	in, err = a.attempt("stays", next, 1, nil)
	require.NoError(t, err)
	rows, err = a.rows(in)
	require.NoError(t, err)
	require.Contains(t, rows, `"duration_ms":100800000`, "28 hours, since the window before")
}

// The next window goes on from an empty one that was accepted, too.
func TestAnAcceptedEmptyWindowLeavesItsState(t *testing.T) {
	a := newActivity(t)
	a.expecting("stays", "agent.status_segments", nil)
	_, err := a.attempt("stays", day, 1, nil)
	requireKind(t, fault.UnexpectedEmpty, err)
	_, err = a.attempt("stays", day, 2, &contract.Acceptance{Empty: true})
	require.NoError(t, err)
	require.Len(t, a.asked, 1, "the source is not asked again")

	from := time.UnixMilli(day.To).UTC()
	a.changes = []source.Record{statusChange(from.Add(time.Hour), 9, 1, 1, 2), statusChange(from.Add(2*time.Hour), 9, 2, 4, 1)}
	_, err = a.attempt("stays", contract.Span{From: day.To, To: day.To + 24*time.Hour.Milliseconds()}, 1, nil)
	require.NoError(t, err)
}

// That nothing has changed in a list does not make the window empty, that all of it is gone does; the
// changes after it are told from what was delivered.
func TestChangesOfAListThatIsEmptyByMistake(t *testing.T) {
	for name, finish := range map[string]struct {
		accept *contract.Acceptance
		there  bool // the list answers by then
		told   []string
		after  []string
	}{
		"resumed":  {nil, true, nil, []string{"added 2 Bee"}},
		"accepted": {&contract.Acceptance{Empty: true}, false, []string{"removed 1 Ant"}, []string{"added 1 Ant", "added 2 Bee"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLists(t)
			l.expecting("team", "cfg.profiles", map[string]json.RawMessage{"mode": json.RawMessage(`"changes"`)})
			tells := func(n, attempt int, accept *contract.Acceptance) []string {
				l.now = time.UnixMilli(days(n).To).Add(time.Hour)
				in, err := l.attempt("team", days(n), attempt, accept)
				require.NoError(t, err)
				told, err := l.told(in)
				require.NoError(t, err)
				require.NoError(t, l.clean(in))
				return told
			}
			ant := map[string]string{"1": "Ant"}
			l.profiles = ant
			require.Equal(t, []string{"added 1 Ant"}, tells(0, 1, nil))
			require.Empty(t, tells(1, 1, nil))

			l.profiles = nil
			l.now = time.UnixMilli(days(2).To).Add(time.Hour)
			_, err := l.attempt("team", days(2), 1, nil)
			requireKind(t, fault.UnexpectedEmpty, err)
			if finish.there {
				l.profiles = ant
			}
			require.Equal(t, finish.told, tells(2, 2, finish.accept))
			l.profiles = map[string]string{"1": "Ant", "2": "Bee"}
			require.Equal(t, finish.after, tells(3, 1, nil))
		})
	}
}

// An accepted window whose reading is no longer kept is read again.
func TestAnAcceptedEmptyWindowIsReadAgainWhenItIsNotKept(t *testing.T) {
	b := newBench(t)
	b.expecting("skills", "cfg.skills", nil)
	_, err := b.attempt("skills", day, 1, nil)
	requireKind(t, fault.UnexpectedEmpty, err)
	fetches := b.fetches
	_, err = b.run.Stage.RemoveAll(t.Context(), "pages/acme/")
	require.NoError(t, err)
	_, err = b.attempt("skills", day, 2, &contract.Acceptance{Empty: true})
	require.NoError(t, err)
	require.Equal(t, 2*fetches, b.fetches)
}

// A partition that is exported empty by mistake is no state of its table: exported anew it is delivered
// by the run that was red.
func TestAnEmptyPartitionIsNoState(t *testing.T) {
	f := newFeedBench(t, 1)
	window := contract.Span{From: midnight.UnixMilli(), To: midnight.Add(time.Hour).UnixMilli()}
	folder := "convos_metadata/version=1/format=jsonl/dt=2026-11-19/hr=00/"
	export := func(content string, at time.Time) {
		require.NoError(t, f.bucket.Put(t.Context(), folder+"convos_metadata.jsonl", []byte(content), at))
		require.NoError(t, f.bucket.Put(t.Context(), folder+"_SUCCESS", nil, at.Add(time.Second)))
	}
	for _, delivery := range []string{"changes", "snapshot"} {
		id := f.task("convos_metadata", delivery, "reference", task.Leg{}, func(s *task.Spec) { s.Expectation = task.NeverEmpty })
		export("", midnight.Add(time.Hour))
		_, err := f.attempt(id, window, 1, nil)
		requireKind(t, fault.UnexpectedEmpty, err)
		export(`{"issue_id":"a","last_event_ts":"2026-11-19T00:30:00"}`+"\n", midnight.Add(2*time.Hour))
		_, err = f.attempt(id, window, 2, nil)
		require.NoError(t, err, delivery)
	}
	id := f.task("convos_metadata", "changes", "reference", task.Leg{}, func(s *task.Spec) { s.Expectation = task.NeverEmpty })
	export("", midnight.Add(3*time.Hour))
	_, err := f.attempt(id, window, 1, nil)
	requireKind(t, fault.UnexpectedEmpty, err)
	_, err = f.attempt(id, window, 2, &contract.Acceptance{Empty: true})
	require.NoError(t, err)
}
