package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"transporter/internal/contract"
	"transporter/internal/coverage"

	"transporter/internal/fault"
)

// Schedules ends the schedules of tasks that have no run to come.
type Schedules interface {
	// Finish pauses the task's schedule and adds the note to its own: the server removes a
	// schedule that is done and not paused after a week, and the task would be gone from the
	// list. One that is paused, missing or has runs to come is left alone. Idempotent.
	Finish(ctx context.Context, accountID, taskID, note string) error
}

// finish keeps a task whose last run this was. Failing to is no failure of the run.
func (a *Run) finish(ctx context.Context, in contract.RecordIn) {
	if err := a.pauseFinished(ctx, in); err != nil {
		activity.GetLogger(ctx).Warn("the schedule of a finished task is not paused", "task", in.Run.Task, "error", err)
	}
}

func (a *Run) pauseFinished(ctx context.Context, in contract.RecordIn) error {
	_, windows, err := coverage.Load(ctx, a.Ledger, in.Run.Account, in.Run.Task)
	if fault.Is(err, fault.ConfigMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	_, calendar := windows.Last()
	if calendar == nil { // deleted
		return nil
	}
	if _, more := calendar.Next(a.Now()); more {
		return nil
	}
	note := fmt.Sprintf("finished %s, the last run is %s", a.Now().UTC().Format(time.DateOnly), in.Outcome)
	return a.Schedules.Finish(ctx, in.Run.Account, in.Run.Task, note)
}
