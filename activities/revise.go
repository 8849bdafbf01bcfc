package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/fault"
	"transporter/internal/feedbook"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

const (
	// lookLate is how long after its time a check is still made: after an outage, or while the
	// delivery before waits for a dead destination.
	lookLate = 7 * 24 * time.Hour
	// looksAtOnce bounds the runs that one pass starts for a task. What is left is found by
	// the next pass.
	looksAtOnce = 24
)

// Revise holds the activity that looks for late data when it is time to.
type Revise struct {
	Accounts Accounts
	Ledger   Ledger
	Book     *Book
	Runs     Launcher
	Now      func() time.Time

	Exporters Exporters // what feeds are exported to
	Feeds     *feedbook.Ledger
	Holds     Holds
	Told      Incidents
}

// Account starts a run for every delivered window of the account whose latest check is due and
// was not made. It asks what is recorded, not what an earlier pass did: after an outage, an
// edit or a pause it starts exactly what is missing. Idempotent.
func (a *Revise) Account(ctx context.Context, in contract.ReconcileIn) (contract.Revised, error) {
	pulse, running, stop := startPulse(ctx)
	defer stop()
	out, err := a.account(running, in.Account, pulse)
	return out, toTemporal(interrupted(running, err))
}

func (a *Revise) account(ctx context.Context, id string, pulse *pulse) (out contract.Revised, err error) {
	snapshot, err := a.Accounts.Snapshot(ctx, id)
	if fault.Is(err, fault.NotFound) { // closed meanwhile
		return out, nil
	}
	if err != nil {
		return out, err
	}
	var failure error
	for _, taskID := range sortedIDs(snapshot.Tasks) {
		t := snapshot.Tasks[taskID]
		if t.State != account.TaskEnabled || !t.Spec.Revisions.On() {
			continue
		}
		pulse.move(func(c *contract.Cursor) { c.Files++ })
		one, err := a.task(ctx, id, taskID)
		if err != nil {
			activity.GetLogger(ctx).Warn("late data of a task is not looked for", "task", taskID, "error", err)
			failure = fmt.Errorf("task %s: %w", taskID, err)
		}
		out = out.Add(one)
	}
	return out, failure
}

// task starts the runs of one task.
func (a *Revise) task(ctx context.Context, accountID, id string) (out contract.Revised, err error) {
	out.Tasks = 1
	entries, windows, err := coverage.Load(ctx, a.Ledger, accountID, id)
	if err != nil || halted(entries[len(entries)-1]) != "" {
		return out, err
	}
	specs := map[int]task.Spec{} // the newest of each generation
	for _, e := range entries {
		specs[e.Generation] = e.Spec
	}
	var checks []check
	if spec := entries[len(entries)-1].Spec; isFeed(spec) {
		checks, err = a.reexported(ctx, accountID, id, spec, windows)
	} else {
		checks, err = a.due(ctx, accountID, id, windows, specs)
	}
	if err != nil || len(checks) == 0 {
		return out, err
	}
	open, err := a.open(ctx, accountID, id)
	if err != nil {
		return out, err
	}
	for _, c := range checks {
		if out.Started == looksAtOnce {
			break
		}
		if open[runKeyOf(c.window.Generation, c.window.Fire)] {
			out.Waiting++ // for the run of the window that goes on
			continue
		}
		started, err := a.start(ctx, c, windows)
		if err != nil {
			return out, err
		}
		out.Started += started
		out.Waiting += 1 - started
	}
	return out, nil
}

// start begins the run of a check, unless the window was read first, or looked at, after the
// check was due, or its next revision is unfinished: such a run is red, and resumed by a person
// or followed by the next check.
func (a *Revise) start(ctx context.Context, c check, windows *timeline.Timeline) (int, error) {
	d := c.last.Delivery
	if !c.last.At.Before(c.at) {
		first := d
		first.Revision = 0
		claims, err := a.Book.Claims(ctx, first)
		if err != nil || len(claims) > 0 && !claims[0].At.Before(c.at) {
			return 0, err
		}
	}
	d.Revision++
	attempt, free, err := a.free(ctx, c, d)
	if err != nil || !free {
		return 0, err
	}
	name := contract.RunName{Account: d.Account, Task: d.Task, Generation: d.Generation, Fire: c.window.Fire, Revision: d.Revision, Attempt: attempt}
	calendar := windows.Calendar(c.window.Seq)
	if calendar == nil {
		return 0, errNoCalendar(c.window.Seq)
	}
	run, err := startOf(name, c.window, c.spec, calendar.Zone())
	if err != nil {
		return 0, err
	}
	run.Input.Trigger, run.Input.Look = contract.TriggerRevision, c.at
	run.Summary = "late data? " + run.Summary
	err = a.Runs.Start(ctx, run)
	if fault.Is(err, fault.Conflict) { // ended before it could say what it was for
		name.Attempt++
		run.WorkflowID, run.Input.Attempt = name.ID(), name.Attempt
		err = a.Runs.Start(ctx, run)
	}
	if err != nil {
		return 0, err
	}
	return 1, nil
}

// free returns the next attempt of the revision, if it may begin.
func (a *Revise) free(ctx context.Context, c check, d contract.Delivery) (attempt int, free bool, err error) {
	claims, err := a.Book.Claims(ctx, d)
	if err != nil {
		return 0, false, err
	}
	attempt = 1
	for _, claim := range claims {
		if !claim.Look.Before(c.at) {
			return 0, false, nil
		}
		attempt = max(attempt, claim.Attempt+1)
	}
	for _, leg := range c.spec.Destinations {
		d.Leg = contract.LegID(leg.Destination, leg.Path, leg.Naming())
		if r, err := a.Book.Receipt(ctx, d); err != nil || r != nil {
			return 0, false, err
		}
	}
	return attempt, true, nil
}
