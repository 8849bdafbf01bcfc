package activities

import (
	"context"
	"time"

	"transporter/internal/fault"
	"transporter/internal/task"
)

// expected turns a window red that has no rows although its task expects some, unless an
// operator accepted that. The source may have been wrong, so its pages are removed, and what was
// counted live unless rows were delivered with it: the next attempt asks it anew.
func (a *Run) expected(ctx context.Context, plan *Plan, rows int64) error {
	if rows > 0 || plan.Accept != nil && plan.Accept.Empty {
		return nil
	}
	zone, err := task.Zone(plan.Spec.Zone)
	if err != nil {
		return err
	}
	window := task.Window{From: time.UnixMilli(plan.Window.From), To: time.UnixMilli(plan.Window.To)}
	if !plan.Spec.ExpectsRows(window, zone) {
		return nil
	}
	prefixes := []string{pagesPrefix(plan.Delivery) + "/"}
	if plan.Before == nil {
		prefixes = append(prefixes, livePrefix(plan.Delivery)+"/")
	}
	for _, prefix := range prefixes {
		if _, err := a.Stage.RemoveAll(ctx, prefix); err != nil {
			return err
		}
	}
	return fault.New(fault.UnexpectedEmpty, "the window %s has no rows, the task expects some (%s)", window.Text(zone), plan.Spec.Expectation).
		WithFix("resume the run: it asks the source again; or accept the run: it takes the empty window as it is")
}
