package activities

import (
	"context"
	"time"

	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

// timelineOf reads the ledger of a task and returns its windows. A task without a ledger
// is fault.ConfigMissing.
func timelineOf(ctx context.Context, l Ledger, accountID, taskID string) ([]ledger.Entry, *timeline.Timeline, error) {
	entries, err := l.Entries(ctx, accountID, taskID)
	if err != nil {
		return nil, nil, err
	}
	if len(entries) == 0 {
		return nil, nil, fault.New(fault.ConfigMissing, "task %s has no specification", taskID).WithFix("save the task again")
	}
	frozen, err := l.Frozen(ctx, accountID, taskID)
	if err != nil {
		return nil, nil, err
	}
	windows, err := timeline.New(entries, frozen, defaultDelay)
	return entries, windows, err
}

// defaultDelay is that of the task's report.
func defaultDelay(s task.Spec) (time.Duration, error) {
	def, err := report.Get(s.Report, s.Version)
	if err != nil {
		return 0, err
	}
	return time.Duration(def.DefaultDelay), nil
}
