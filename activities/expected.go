package activities

import (
	"context"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feedbook"
	"transporter/internal/task"
	"transporter/internal/transform"
)

// holdsRows is how many rows a window has, those included that are not told because nothing changed in
// them, and those that its partitions have.
func holdsRows(r transform.Result, tracked *contract.Tracked, exported []feedbook.Leaf) int64 {
	rows := r.Held
	if tracked != nil {
		rows = tracked.Held
	}
	for i := range exported {
		rows += exported[i].Rows.Rows
	}
	return rows
}

// expectsRows reports whether a window without rows is wrong: the task expects some, and nobody has
// accepted that there are none.
func (p *Plan) expectsRows() (bool, error) {
	zone, err := task.Zone(p.Spec.Zone)
	return err == nil && !p.acceptsEmpty() && p.Spec.ExpectsRows(p.span(), zone), err
}

func (p *Plan) acceptsEmpty() bool { return p.Accept != nil && p.Accept.Empty }

func (p *Plan) span() task.Window {
	return task.Window{From: time.UnixMilli(p.Window.From), To: time.UnixMilli(p.Window.To)}
}

// missed notes that a window has no rows although some are expected of it. The source may have been
// wrong, so the next attempt asks it anew.
type missed struct {
	WorkflowID string `json:"workflowId"`
}

func missedKey(d contract.Delivery) string { return pagesPrefix(d) + "/missed" }

// expected turns a window red that has no rows although its task expects some, before anything goes
// on from it.
func (a *Run) expected(ctx context.Context, plan *Plan, rows int64) error {
	expects, err := plan.expectsRows()
	if err != nil || !expects || rows > 0 {
		return err
	}
	if _, err := a.Stage.Commit(ctx, missedKey(plan.Delivery), missed{plan.WorkflowID}); err != nil {
		return err
	}
	zone, err := task.Zone(plan.Spec.Zone)
	if err != nil {
		return err
	}
	return fault.New(fault.UnexpectedEmpty, "the window %s has no rows, the task expects some (%s)", plan.span().Text(zone), plan.Spec.Expectation).
		WithFix("resume the run: it asks the source again; or accept the run: it takes the empty window as it is")
}

// askAnew removes what was read of a window whose rows were missed, and what was counted live unless
// rows were delivered with it. What an attempt takes over as it is stays.
func (a *Run) askAnew(ctx context.Context, plan *Plan) error {
	if plan.Kept != nil {
		return nil
	}
	found, err := a.Stage.Committed(ctx, missedKey(plan.Delivery), &missed{})
	if err != nil || !found {
		return err
	}
	prefixes := []string{pagesPrefix(plan.Delivery) + "/"} // the note goes with the pages, last of them
	if plan.Before == nil {
		prefixes = []string{livePrefix(plan.Delivery) + "/", prefixes[0]}
	}
	for _, prefix := range prefixes {
		if _, err := a.Stage.RemoveAll(ctx, prefix); err != nil {
			return err
		}
	}
	return nil
}
