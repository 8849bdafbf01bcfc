package activities

import (
	"context"
	"time"

	"transporter/internal/contract"
	"transporter/internal/ledger"
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

// Tasks holds the activities by which an Account entity keeps ledger and schedules in
// agreement with its registry.
type Tasks struct {
	Ledger    TaskLedger
	Scheduler Scheduler
	Now       func() time.Time
}

// Apply writes the task to its ledger, in force from its last edit, and then makes its
// schedule. The ledger comes first, because it is the truth: a schedule that fires early
// finds its entry. Idempotent; tried again until both agree.
func (a *Tasks) Apply(ctx context.Context, in contract.TaskApplyIn) error {
	return toTemporal(a.apply(ctx, in))
}

func (a *Tasks) apply(ctx context.Context, in contract.TaskApplyIn) error {
	_, err := a.Ledger.Append(ctx, in.Account, in.Task.ID, ledger.Entry{
		EffectiveFrom: in.Task.UpdatedAt,
		Generation:    in.Task.Generation,
		Spec:          in.Task.Spec,
		State:         ledger.State(in.Task.State),
		Note:          in.Note,
	})
	if err != nil {
		return err
	}
	_, windows, err := timelineOf(ctx, a.Ledger, in.Account, in.Task.ID)
	if err != nil {
		return err
	}
	return a.Scheduler.Apply(ctx, in, windows.Created())
}

// Remove deletes the task's schedule and closes its ledger. The schedule goes first, so
// that nothing fires for a closed ledger. Runs that are under way go on. Idempotent.
func (a *Tasks) Remove(ctx context.Context, in contract.TaskRemoveIn) error {
	if err := a.Scheduler.Remove(ctx, in.Account, in.Task); err != nil {
		return toTemporal(err)
	}
	return toTemporal(a.closeLedger(ctx, in))
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
