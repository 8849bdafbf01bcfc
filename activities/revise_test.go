package activities_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/receipt"
	"transporter/internal/task"
)

// watch is a task whose delivered day is checked after an hour and after a day, and a Temporal
// that remembers what was started.
type watch struct {
	*bench
	spec    task.Spec
	state   string
	started map[string]contract.StartRun
}

func newWatch(t *testing.T) *watch {
	delay := task.Duration(0)
	w := &watch{bench: newBench(t), state: account.TaskEnabled, started: map[string]contract.StartRun{}, spec: task.Spec{
		Source: "src", Report: "msg.conversations", Version: "1.0", Format: "csv", Zone: "UTC", Delay: &delay,
		Frequency:    task.Frequency{Kind: task.Daily, At: "00:00"},
		Revisions:    task.Revisions{Mode: task.RevisionsFull, CheckAfter: []task.Duration{task.Duration(time.Hour), task.Duration(24 * time.Hour)}},
		Destinations: []task.Leg{{Destination: "shelf", Encryption: task.Encryption{Mode: task.EncryptNone}}},
	}}
	_, err := w.run.Ledger.(*ledger.Ledger).Append(t.Context(), "acme", "watched", ledger.Entry{
		EffectiveFrom: time.UnixMilli(day.From).Add(-time.Hour), Generation: 1, State: ledger.Enabled, Spec: w.spec,
	})
	require.NoError(t, err)
	return w
}

// Snapshot implements activities.Accounts.
func (w *watch) Snapshot(context.Context, string) (account.Snapshot, error) {
	s := w.account()
	s.Tasks = map[string]account.Task{"watched": {Meta: account.Meta{ID: "watched"}, State: w.state, Spec: w.spec}}
	return s, nil
}

// Start implements activities.Launcher.
func (w *watch) Start(_ context.Context, in contract.StartRun) error {
	if _, known := w.started[in.WorkflowID]; known {
		return fault.New(fault.Conflict, "run %s exists already", in.WorkflowID)
	}
	w.started[in.WorkflowID] = in
	return nil
}

// Await implements activities.Launcher.
func (w *watch) Await(context.Context, string) (contract.RunResult, error) {
	return contract.RunResult{}, nil
}

// Open implements activities.Launcher.
func (w *watch) Open(context.Context, string, string) (map[string]bool, error) { return w.open, nil }

func (w *watch) delivery(revision int) contract.Delivery {
	return contract.Delivery{Account: "acme", Task: "watched", Generation: 1, Span: day, Revision: revision}
}

// delivered records a delivery of the day, whose first attempt began at the moment.
func (w *watch) delivered(revision int, claimed, at time.Time) {
	ctx := w.t.Context()
	d := w.delivery(revision)
	_, _, err := w.run.Book.Claim(ctx, receipt.Claim{Delivery: d, Attempt: 1, WorkflowID: "w", At: claimed})
	require.NoError(w.t, err)
	require.NoError(w.t, w.run.Book.PutDone(ctx, receipt.Done{Delivery: d, Outcome: contract.OutcomeDelivered, Rows: 5, At: at}))
}

// pass looks at the hour after the day and returns the ids of the runs that it started.
func (w *watch) pass(hour int) (ids []string) {
	w.t.Helper()
	w.now = time.UnixMilli(day.To).Add(time.Duration(hour)*time.Hour + time.Minute)
	before := maps.Clone(w.started)
	revise := &activities.Revise{Accounts: w, Ledger: w.run.Ledger, Book: w.run.Book, Runs: w, Now: w.run.Now}
	out, err := do[contract.Revised](revise.Account, contract.ReconcileIn{Account: "acme"})
	require.NoError(w.t, err)
	for id := range w.started {
		if _, known := before[id]; !known {
			ids = append(ids, id)
		}
	}
	require.Len(w.t, ids, out.Started)
	return ids
}

const checkedRun = "report/acme/watched/g1-2026-11-20T00:00:00Z/r1"

func TestChecksAreStartedOnce(t *testing.T) {
	w := newWatch(t)
	fire := time.UnixMilli(day.To)
	require.Empty(t, w.pass(1), "nothing to look at: it is not delivered")
	w.delivered(0, fire, fire.Add(10*time.Minute))
	require.Empty(t, w.pass(0), "no check is due")

	require.Equal(t, []string{checkedRun}, w.pass(1))
	in := w.started[checkedRun].Input
	require.Equal(t, fire.Add(time.Hour).UTC(), in.Look.UTC())
	require.Equal(t, contract.TriggerRevision, in.Trigger)
	require.Equal(t, []any{1, 1, &day}, []any{in.Revision, in.Attempt, in.Window})

	w.open[checkedRun] = true
	require.Empty(t, w.pass(2), "it goes on")
	require.Empty(t, w.pass(24), "the next check waits for it")

	// It ended without a change: the check after a day is the next attempt of the revision.
	delete(w.open, checkedRun)
	_, _, err := w.run.Book.Claim(t.Context(), receipt.Claim{Delivery: w.delivery(1), Attempt: 1, WorkflowID: checkedRun, At: w.now, Look: in.Look})
	require.NoError(t, err)
	require.NoError(t, w.run.Book.PutLook(t.Context(), receipt.Look{Delivery: w.delivery(1), At: in.Look}))
	require.Empty(t, w.pass(3), "its check was made")
	require.Equal(t, []string{checkedRun + "/a2"}, w.pass(24))
	require.Empty(t, w.pass(25+8*24), "a week late, nobody looks any more")
}

// Windows that go on one from another are checked like any other.
func TestChecksOfWindowsThatGoOnOneFromAnother(t *testing.T) {
	w := newWatch(t)
	w.spec.Report, w.spec.Parameters = "wfm.skill_interval", nil
	_, err := w.run.Ledger.(*ledger.Ledger).Append(t.Context(), "acme", "watched", ledger.Entry{
		EffectiveFrom: time.UnixMilli(day.From).Add(-time.Hour), Generation: 1, State: ledger.Enabled, Spec: w.spec,
	})
	require.NoError(t, err)
	fire := time.UnixMilli(day.To)
	w.delivered(0, fire, fire.Add(10*time.Minute))
	require.Equal(t, []string{checkedRun}, w.pass(24))
	require.Equal(t, fire.Add(24*time.Hour).UTC(), w.started[checkedRun].Input.Look.UTC())
	require.Equal(t, "wfm.skill_interval@1.0", w.started[checkedRun].Report)
}

func TestChecksThatAreNotMade(t *testing.T) {
	fire := time.UnixMilli(day.To)
	for name, c := range map[string]struct {
		set  func(*watch)
		runs int
	}{
		"nothing is in the way":                  {func(*watch) {}, 1},
		"the task is disabled":                   {func(w *watch) { w.state = account.TaskDisabled }, 0},
		"it was read after the check was due":    {func(w *watch) { w.deliveredAt(fire.Add(90*time.Minute), fire.Add(2*time.Hour)) }, 0},
		"it was read before, and delivered late": {func(w *watch) { w.deliveredAt(fire, fire.Add(90*time.Minute)) }, 1},
		"its run is red": {func(w *watch) {
			_, _, err := w.run.Book.Claim(w.t.Context(), receipt.Claim{Delivery: w.delivery(1), Attempt: 1, WorkflowID: checkedRun, Look: fire.Add(time.Hour)})
			require.NoError(w.t, err)
		}, 0},
		"the next revision is at some destinations only": {func(w *watch) {
			d := w.delivery(1)
			d.Leg = contract.LegID("shelf", "", w.spec.Destinations[0].Naming())
			_, err := w.run.Book.PutReceipt(w.t.Context(), receipt.Receipt{Delivery: d})
			require.NoError(w.t, err)
		}, 0},
		"a run ended before it could say what it was for": {func(w *watch) { w.started[checkedRun] = contract.StartRun{} }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatch(t)
			w.delivered(0, fire, fire.Add(10*time.Minute))
			c.set(w)
			before := len(w.started)
			w.pass(3)
			require.Len(t, w.started, before+c.runs)
		})
	}
}

// deliveredAt is delivered for a window that nothing is known of yet.
func (w *watch) deliveredAt(claimed, at time.Time) {
	fresh := newBench(w.t)
	old := w.run.Ledger
	w.bench = fresh
	w.run.Ledger = old
	w.delivered(0, claimed, at)
}
