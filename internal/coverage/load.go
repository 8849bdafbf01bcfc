package coverage

import (
	"context"
	"time"

	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

// Ledger reads the spec ledger of a task; it is a ledger.Ledger.
type Ledger interface {
	Entries(ctx context.Context, accountID, taskID string) ([]ledger.Entry, error)
	Frozen(ctx context.Context, accountID, taskID string) ([]ledger.Frozen, error)
}

// Load reads the ledger of a task and returns its windows. A task without a ledger is
// fault.ConfigMissing.
func Load(ctx context.Context, l Ledger, accountID, taskID string) ([]ledger.Entry, *timeline.Timeline, error) {
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

// ReachAt tells how far back reports reach at the time.
func ReachAt(now time.Time) func(task.Spec) (Reach, error) {
	return func(s task.Spec) (Reach, error) {
		def, err := report.Get(s.Report, s.Version)
		if err != nil {
			return Reach{}, err
		}
		since, bounded := def.Reach.Since(now)
		if !bounded {
			return Reach{Snapshot: def.Reach == report.Snapshot}, nil
		}
		return Reach{Since: since}, nil
	}
}
