package activities

import (
	"context"
	"time"

	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/task"
)

// exportedRows is how many rows the platform has exported of a window of which changes are delivered: that none
// of them changed the table is no reason to think that they are missing.
func (a *Run) exportedRows(ctx context.Context, plan *Plan, fetched Ref) (rows int64, err error) {
	def, err := report.Get(plan.Spec.Report, plan.Version)
	if err != nil || def.FeedDelivery(plan.Spec.Parameters) != report.DeliveryChanges {
		return 0, err
	}
	var index FetchIndex
	if err := a.Stage.GetJSON(ctx, fetched, &index); err != nil {
		return 0, err
	}
	for _, l := range index.Leaves {
		rows += l.Rows.Rows
	}
	return rows, nil
}

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
