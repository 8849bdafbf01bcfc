package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/fault"
	"transporter/internal/feedbook"
	"transporter/internal/incident"
	"transporter/internal/ledger"
	"transporter/internal/timeline"
)

const (
	// dueFor is how long a window must have been due before it counts as missing: jitter, a
	// busy server, and visibility that lags.
	dueFor = 5 * time.Minute
	// endedFor is how far back runs that were ended from outside are looked for: more than
	// any pause between two reconciliations that anybody leaves unnoticed.
	endedFor = 14 * 24 * time.Hour
)

// AccountUpdates lists accounts and changes them.
type AccountUpdates interface {
	Accounts
	// List returns the open accounts after one in ascending order.
	List(ctx context.Context) ([]string, error)
	// SetTaskState enables or disables a task; the entity, ledger and schedule agree after it.
	SetTaskState(ctx context.Context, accountID string, in contract.SetTaskStateIn) error
}

// Standings reads the schedules of tasks as they are.
type Standings interface {
	Scheduler
	// Standing compares the task's schedule with what Apply would write.
	Standing(ctx context.Context, in contract.TaskApplyIn, created time.Time) (contract.ScheduleStanding, error)
	// Tasks returns the ids of the account's tasks that have a schedule.
	Tasks(ctx context.Context, accountID string) ([]string, error)
}

// OpenBackfills starts backfills and knows those that go on.
type OpenBackfills interface {
	Backfills
	// Running reports whether the task has an open backfill, also a paused one.
	Running(ctx context.Context, accountID, taskID string) (bool, error)
}

// Ended finds open runs, and those that were ended from outside.
type Ended interface {
	Launcher
	EndedOutside(ctx context.Context, accountID string, since time.Time) ([]contract.EndedRun, error)
	// Working returns the account's open runs.
	Working(ctx context.Context, accountID string) ([]contract.OpenRun, error)
}

// Reconcile holds the activities of Reconcile and Maintain.
type Reconcile struct {
	Accounts  AccountUpdates
	Schedules Standings
	Ledger    *ledger.Ledger
	Book      *Book
	Runs      Ended
	Backfills OpenBackfills
	Incidents Incidents
	Kept      Kept
	Feeds     *feedbook.Book
	Now       func() time.Time
}

// List returns the open accounts, page by page. Idempotent.
func (a *Reconcile) List(ctx context.Context, in contract.AccountsIn) (contract.AccountsOut, error) {
	ids, err := a.Accounts.List(ctx)
	if err != nil {
		return contract.AccountsOut{}, toTemporal(err)
	}
	slices.Sort(ids)
	from, found := slices.BinarySearch(ids, in.After)
	if found {
		from++
	}
	ids = ids[from:]
	return contract.AccountsOut{Accounts: ids[:min(len(ids), in.Limit)], More: len(ids) > in.Limit}, nil
}

// Account reconciles one account, see workflows.Options.Reconcile. It goes on with the
// next task when one fails, and reports the failures at its end. Idempotent: what it
// repairs is not there to be repaired again.
func (a *Reconcile) Account(ctx context.Context, in contract.ReconcileIn) (contract.Reconciled, error) {
	pulse, running, stop := startPulse(ctx)
	defer stop()
	out, err := a.account(running, in.Account, pulse)
	return out, toTemporal(interrupted(running, err))
}

func (a *Reconcile) account(ctx context.Context, id string, pulse *pulse) (out contract.Reconciled, err error) {
	snapshot, err := a.Accounts.Snapshot(ctx, id)
	if fault.Is(err, fault.NotFound) { // closed meanwhile
		return out, nil
	}
	if err != nil {
		return out, err
	}
	if out.Terminated, err = a.recordEnded(ctx, id); err != nil {
		return out, err
	}
	if out.Removed, err = a.removeOrphans(ctx, snapshot); err != nil {
		return out, err
	}
	late, err := a.late(ctx, id)
	if err != nil {
		return out, err
	}
	var failures []error
	for _, taskID := range sortedIDs(snapshot.Tasks) {
		pulse.move(func(c *contract.Cursor) { c.Files++ })
		one, err := a.task(ctx, snapshot, snapshot.Tasks[taskID], late[taskID])
		if err != nil {
			activity.GetLogger(ctx).Warn("task is not reconciled", "task", taskID, "error", err)
			failures = append(failures, fmt.Errorf("task %s: %w", taskID, err))
			continue
		}
		out = out.Add(one)
	}
	if len(failures) > 0 {
		return out, fmt.Errorf("%d of %d tasks: %w", len(failures), len(snapshot.Tasks), failures[0])
	}
	return out, nil
}

// task brings the schedule of one task in order and looks at its windows.
func (a *Reconcile) task(ctx context.Context, snapshot account.Snapshot, t account.Task, late []incident.Incident) (out contract.Reconciled, err error) {
	out.Tasks = 1
	apply := contract.TaskApplyIn{Account: snapshot.ID, Task: t, Legs: snapshot.Labels(t.Spec), Note: "by reconciliation"}
	entries, windows, err := coverage.Load(ctx, a.Ledger, snapshot.ID, t.ID)
	if err != nil {
		return out, err
	}
	last := entries[len(entries)-1]
	if last.Generation != t.Generation || string(last.State) != t.State {
		return out, nil // an edit is under way: the entity brings them together
	}
	if err := a.schedule(ctx, apply, windows.Created(), &out); err != nil {
		return out, err
	}
	if out.Adopted > 0 { // the ledger has changed: the entity has had its windows backfilled
		return out, nil
	}
	return out, a.windows(ctx, apply, windows, late, &out)
}

// schedule adopts what people may do to a schedule in Temporal and undoes the rest.
func (a *Reconcile) schedule(ctx context.Context, in contract.TaskApplyIn, created time.Time, out *contract.Reconciled) error {
	s, err := a.Schedules.Standing(ctx, in, created)
	if err != nil {
		return err
	}
	switch {
	case s.Missing:
		out.Recreated++
		if err := a.tell(ctx, in, incident.ScheduleLost, "its schedule was deleted in Temporal", "it was made again; disable or delete the task here to stop it"); err != nil {
			return err
		}
		return a.Schedules.Apply(ctx, in, created)
	case s.Edited:
		out.Rewritten++
		if err := a.tell(ctx, in, incident.ScheduleEdited, "its schedule was edited in Temporal", "it was written anew; edit the task here instead"); err != nil {
			return err
		}
		return a.Schedules.Apply(ctx, in, created)
	case s.State:
		out.Adopted++
		return a.adopt(ctx, in, s)
	case s.Stale:
		out.Refreshed++
		return a.Schedules.Apply(ctx, in, created)
	}
	return a.inOrder(ctx, in)
}

// adopt takes over a pause that was made in Temporal, since then, or its end, with every
// window of the pause: nobody was asked which are wanted, and none may be lost.
func (a *Reconcile) adopt(ctx context.Context, in contract.TaskApplyIn, s contract.ScheduleStanding) error {
	set := contract.SetTaskStateIn{ID: in.Task.ID, State: account.TaskEnabled, Note: "unpaused in Temporal", CatchUp: ledger.CatchUpAll, At: &s.Changed}
	if s.Paused {
		set.State, set.CatchUp, set.Note = account.TaskDisabled, "", "paused in Temporal: "+s.Note
	}
	set.IfVersion = in.Task.Version
	return a.Accounts.SetTaskState(ctx, in.Account, set)
}

// windows has what is missing backfilled and notes what cannot be.
func (a *Reconcile) windows(
	ctx context.Context, in contract.TaskApplyIn, windows *timeline.Timeline, late []incident.Incident, out *contract.Reconciled,
) error {
	open, err := a.Runs.Open(ctx, in.Account, in.Task.ID)
	if err != nil {
		return err
	}
	now := a.Now()
	lines, err := coverage.Read(ctx, a.Book, coverage.Query{
		Account: in.Account, Task: in.Task.ID, To: now, Now: now, Timeline: windows, Open: open, Reach: coverage.ReachAt(now),
	})
	if err != nil {
		return err
	}
	var missing []coverage.Line
	for _, l := range lines {
		switch {
		case l.Status == coverage.Missing && l.Fire.Before(now.Add(-dueFor)):
			missing = append(missing, l)
		case l.Status == coverage.Lost:
			out.Lost++
		}
	}
	if err := a.noteLost(ctx, in, out.Lost); err != nil {
		return err
	}
	if err := a.endLate(ctx, late, lines); err != nil {
		return err
	}
	if len(missing) == 0 || in.Task.State != account.TaskEnabled {
		return nil
	}
	if working, err := a.Backfills.Running(ctx, in.Account, in.Task.ID); err != nil || working {
		return err // it may be about to start them
	}
	out.Missing = len(missing)
	first, final := missing[0], missing[len(missing)-1]
	return a.Backfills.Start(ctx, contract.BackfillIn{
		Account: in.Account, Task: in.Task.ID, ID: fmt.Sprintf("repair-%d-%d", first.To.Unix(), now.Unix()/int64(time.Hour/time.Second)),
		From: first.To.Add(-time.Second), To: final.To, Mode: contract.BackfillMissing,
		Reason: fmt.Sprintf("%d windows had no run", len(missing)),
	})
}

func sortedIDs[T any](things map[string]T) []string {
	ids := make([]string, 0, len(things))
	for id := range things {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
