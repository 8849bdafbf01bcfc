package activities

import (
	"context"
	"fmt"
	"time"

	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/ledger"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

// TaskLedger is the spec ledger as the Account entity's steps write it.
type TaskLedger interface {
	Ledger
	// Append adds an entry; one that equals the last is not written again.
	Append(ctx context.Context, accountID, taskID string, e ledger.Entry) (ledger.Entry, error)
}

// Scheduler keeps the schedules of tasks.
type Scheduler interface {
	// Apply creates or rewrites the task's schedule so that it fires as the task says; a
	// disabled task's is paused, and so is that of a once in the past, whose run is started
	// by whoever made it. Idempotent.
	// created is when the task was made or last reset: the anchor of its boundaries.
	Apply(ctx context.Context, in contract.TaskApplyIn, created time.Time) error
	// Remove deletes the task's schedule; a missing one is no error.
	Remove(ctx context.Context, accountID, taskID string) error
}

// Backfills starts and stops the backfills of tasks.
type Backfills interface {
	// Start begins the backfill; one of the same id is left as it is. Idempotent.
	Start(ctx context.Context, in contract.BackfillIn) error
	// Stop ends every open backfill of the task; runs that are open go on. Idempotent.
	Stop(ctx context.Context, accountID, taskID string) error
}

// Tasks holds the activities by which an Account entity keeps ledger and schedules in
// agreement with its registry.
type Tasks struct {
	Ledger    TaskLedger
	Scheduler Scheduler
	Backfills Backfills
	Now       func() time.Time
}

// Apply writes the task to its ledger, makes its schedule and has windows of the past that
// the task now expects backfilled; one that is disabled stops its backfills. The ledger
// comes first, because it is the truth: a schedule that fires early finds its entry.
// Idempotent; tried again until all agree.
func (a *Tasks) Apply(ctx context.Context, in contract.TaskApplyIn) error {
	return toTemporal(a.apply(ctx, in))
}

func (a *Tasks) apply(ctx context.Context, in contract.TaskApplyIn) error {
	entry, err := a.append(ctx, in)
	if err != nil {
		return err
	}
	_, windows, err := coverage.Load(ctx, a.Ledger, in.Account, in.Task.ID)
	if err != nil {
		return err
	}
	if err := a.Scheduler.Apply(ctx, in, windows.Created()); err != nil {
		return err
	}
	if entry.State != ledger.Enabled {
		return a.Backfills.Stop(ctx, in.Account, in.Task.ID)
	}
	return a.catchUp(ctx, in, entry, windows)
}

// append writes the ledger entry. What Reconcile found in Temporal holds since then, but
// never before what the ledger knew already. An edit holds from the moment at which the
// ledger has it, however long the step was waiting for a worker: runs that were planned
// meanwhile took their windows from the entries before it.
func (a *Tasks) append(ctx context.Context, in contract.TaskApplyIn) (ledger.Entry, error) {
	entries, err := a.Ledger.Entries(ctx, in.Account, in.Task.ID)
	if err != nil {
		return ledger.Entry{}, err
	}
	entry := ledger.Entry{
		EffectiveFrom: in.Task.UpdatedAt,
		Generation:    in.Task.Generation,
		Spec:          in.Task.Spec,
		State:         ledger.State(in.Task.State),
		Note:          in.Note,
		Backlog:       in.Backlog,
		CatchUp:       in.CatchUp,
		Reset:         in.Reset,
	}
	switch n := len(entries); {
	case in.From != nil:
		entry.EffectiveFrom = *in.From
		for _, e := range entries {
			entry.EffectiveFrom = later(entry.EffectiveFrom, e.EffectiveFrom)
		}
	case n > 0 && !in.Reset && !entries[n-1].EffectiveFrom.Before(in.Task.UpdatedAt):
		entry.EffectiveFrom = entries[n-1].EffectiveFrom // written by an attempt before this one
	case n > 0 && !in.Reset:
		entry.EffectiveFrom = later(in.Task.UpdatedAt, a.Now().UTC())
	}
	return a.Ledger.Append(ctx, in.Account, in.Task.ID, entry)
}

// rewriting is more than it takes to write a schedule. A fire that was due so shortly before
// may be lost with the schedule that it belonged to.
const rewriting = time.Minute

// catchUp starts a backfill of the windows that the entry makes expected and that no
// schedule fires, since they were due before its schedule was written, or just when it was.
// The one window of a new once task is started by whoever made the task.
func (a *Tasks) catchUp(ctx context.Context, in contract.TaskApplyIn, entry ledger.Entry, windows *timeline.Timeline) error {
	if entry.Seq == 1 && entry.Spec.Frequency.Kind == task.Once {
		return nil
	}
	var first, last time.Time
	for w := range windows.Due(time.Time{}, a.Now()) {
		own := w.Seq == entry.Seq
		paused := entry.CatchUp != "" && windows.Entry(w.Seq).State == ledger.Disabled
		lost := w.Fire.After(entry.EffectiveFrom.Add(-rewriting))
		if w.State != timeline.Expected || !own && !paused && !lost {
			continue
		}
		if first.IsZero() {
			first = w.From
		}
		last = w.To
	}
	if first.IsZero() {
		return nil
	}
	return a.Backfills.Start(ctx, contract.BackfillIn{
		Account: in.Account, Task: in.Task.ID, ID: fmt.Sprintf("entry-%d", entry.Seq), From: first, To: last,
		Mode: contract.BackfillMissing, Reason: in.Note,
	})
}

// Remove deletes the task's schedule and closes its ledger. The schedule goes first, so
// that nothing fires for a closed ledger. Runs that are under way go on. Idempotent.
func (a *Tasks) Remove(ctx context.Context, in contract.TaskRemoveIn) error {
	if err := a.Scheduler.Remove(ctx, in.Account, in.Task); err != nil {
		return toTemporal(err)
	}
	if err := a.closeLedger(ctx, in); err != nil {
		return toTemporal(err)
	}
	return toTemporal(a.Backfills.Stop(ctx, in.Account, in.Task))
}

func (a *Tasks) closeLedger(ctx context.Context, in contract.TaskRemoveIn) error {
	entries, err := a.Ledger.Entries(ctx, in.Account, in.Task)
	if err != nil || len(entries) == 0 {
		return err
	}
	last := entries[len(entries)-1]
	if last.State == ledger.Deleted {
		return nil
	}
	_, err = a.Ledger.Append(ctx, in.Account, in.Task, ledger.Entry{
		EffectiveFrom: a.Now().UTC(), Generation: last.Generation, Spec: last.Spec, State: ledger.Deleted, Note: in.Note,
	})
	return err
}
