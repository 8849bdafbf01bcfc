package activities

import (
	"context"
	"slices"
	"time"

	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

// Launcher starts runs and follows them.
type Launcher interface {
	// Start begins a run; one of that name that exists already, open or closed, is
	// fault.Conflict.
	Start(ctx context.Context, in contract.StartRun) error
	// Await waits for the end of the run; a red one is no error but a result, and so is one that waits
	// for what a platform has not exported yet: contract.OutcomeSkipped.
	Await(ctx context.Context, workflowID string) (contract.RunResult, error)
	// Open returns the workflow IDs of the task's open runs.
	Open(ctx context.Context, accountID, taskID string) (map[string]bool, error)
}

// Backfill holds the activities of Backfill.
type Backfill struct {
	Ledger Ledger
	Book   *Book
	Runs   Launcher
	Now    func() time.Time
}

// Scope counts the windows that a Backfill has to look at: those of its range that are due.
// A task that is disabled or deleted stops it. Idempotent.
func (a *Backfill) Scope(ctx context.Context, in contract.BackfillIn) (contract.BackfillScope, error) {
	out, err := a.scope(ctx, in)
	return out, toTemporal(err)
}

func (a *Backfill) scope(ctx context.Context, in contract.BackfillIn) (out contract.BackfillScope, err error) {
	entries, windows, err := coverage.Load(ctx, a.Ledger, in.Account, in.Task)
	if err != nil {
		return out, err
	}
	last := entries[len(entries)-1]
	def, err := report.Get(last.Spec.Report, last.Spec.Version)
	if err != nil {
		return out, err
	}
	out.Title, out.Stop = def.Title, halted(last)
	for range ranged(windows, in, in.From, a.Now()) {
		out.Total++
	}
	return out, nil
}

// halted says why the task lets no backfill go on.
func halted(last ledger.Entry) string {
	if last.State == ledger.Enabled {
		return ""
	}
	return "the task is " + string(last.State)
}

// ranged returns the due windows of the backfill that end after the time.
func ranged(windows *timeline.Timeline, in contract.BackfillIn, after, now time.Time) func(func(timeline.Window) bool) {
	return func(yield func(timeline.Window) bool) {
		for w := range windows.Due(after, now) {
			if !in.To.IsZero() && w.To.After(in.To) || !yield(w) {
				return
			}
		}
	}
}

// next returns the lines of the next windows, and whether there are more behind them.
func (a *Backfill) next(ctx context.Context, in contract.BackfillRunIn) (lines []coverage.Line, windows *timeline.Timeline, more bool, stop string, err error) {
	entries, windows, err := coverage.Load(ctx, a.Ledger, in.Account, in.Task)
	if err != nil {
		return nil, nil, false, "", err
	}
	if stop = halted(entries[len(entries)-1]); stop != "" {
		return nil, windows, false, stop, nil
	}
	after, last := later(in.From, in.After), time.Time{}
	n := 0
	for w := range ranged(windows, in.BackfillIn, after, a.Now()) {
		if n++; n > in.Limit {
			more = true
			break
		}
		last = w.To
	}
	if n == 0 {
		return nil, windows, false, "", nil
	}
	open, err := a.Runs.Open(ctx, in.Account, in.Task)
	if err != nil {
		return nil, nil, false, "", err
	}
	lines, err = coverage.Read(ctx, a.Book, coverage.Query{
		Account: in.Account, Task: in.Task, From: after, To: last, Now: a.Now(), Timeline: windows, Open: open, Reach: coverage.ReachAt(a.Now()),
	})
	lines = slices.DeleteFunc(lines, func(l coverage.Line) bool { return !l.To.After(after) || l.To.After(last) })
	return lines, windows, more, "", err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// runOf names the run that a backfill starts for the window, by what became of it so far;
// ok is false for a window that it leaves alone.
func runOf(in contract.BackfillIn, l coverage.Line) (name contract.RunName, ok bool) {
	name = contract.RunName{Account: in.Account, Task: in.Task, Generation: l.Generation, Fire: l.Fire, Attempt: 1}
	if in.Mode == contract.BackfillRedeliver {
		last, known := contract.ParseRunID(l.Run)
		last.Attempt = max(last.Attempt, 1) + 1
		return last, known && l.Status == coverage.Delivered && last.Revision == l.Revision
	}
	switch l.Status {
	case coverage.Missing:
		name.Attempt = l.Attempt + 1 // of runs that found the task disabled
		return name, true
	case coverage.Running: // perhaps ours, of an attempt that died: it is followed
		return contract.ParseRunID(l.Run)
	case coverage.Failed:
		if last, known := contract.ParseRunID(l.Run); known && in.Mode != contract.BackfillMissing {
			last.Attempt++
			return last, true
		}
	case coverage.Delivered, coverage.Empty:
		if in.Mode == contract.BackfillAgain {
			name.Revision, name.Attempt = l.Revision+1, l.Looked+1
			return name, true
		}
	}
	return name, false
}

// startOf describes the run to Temporal.
func startOf(name contract.RunName, w timeline.Window, spec task.Spec, zone *time.Location) (contract.StartRun, error) {
	def, err := report.Get(spec.Report, spec.Version)
	if err != nil {
		return contract.StartRun{}, err
	}
	from, to := w.Span()
	in := contract.StartRun{
		WorkflowID: name.ID(), Report: def.Ref(), WindowEnd: w.To, Priority: contract.PriorityBackfill,
		Summary: spec.Description + ": " + def.Title + ", " + w.Text(zone),
		Input: contract.RunInput{
			Account: name.Account, Task: name.Task, Generation: name.Generation, Window: &contract.Span{From: from, To: to},
			Revision: name.Revision, Attempt: name.Attempt, Trigger: contract.TriggerBackfill,
		},
	}
	for _, leg := range spec.Destinations {
		in.Legs = append(in.Legs, leg.Destination)
	}
	return in, nil
}

// errNoCalendar tells that a window's entry is not in the timeline it came from.
func errNoCalendar(seq int) error {
	return fault.New(fault.Corrupt, "ledger entry %d has windows and no calendar", seq)
}
