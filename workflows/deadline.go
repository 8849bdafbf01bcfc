package workflows

import (
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
)

// Deadline is started by a schedule of its own when a window should have been delivered,
// whether or not anything has run. One that is not there is noted as late, and people are
// told, once; that it came is told by the run that delivers it. It is red only if it could
// not look, or nobody could be told.
func (o Options) Deadline(ctx workflow.Context, in contract.DeadlineIn) (contract.LateOut, error) {
	ctx = o.bind(ctx)
	at := workflow.GetInfo(ctx).WorkflowStartTime
	if t, ok := workflow.GetTypedSearchAttributes(ctx).GetTime(scheduledAt); ok {
		at = t
	}
	look := func() (contract.LateOut, error) {
		ask := contract.LateIn{DeadlineIn: in, Deadline: at, Now: workflow.Now(ctx)}
		return exec[contract.LateOut](summarise(ctx, "is the window there by now?"), contract.ActivityDeadline, ask)
	}
	out, err := look()
	if wait := out.NotBefore.Sub(workflow.Now(ctx)); err == nil && wait > 0 {
		if err := workflow.Sleep(ctx, wait); err != nil {
			return out, err
		}
		out, err = look()
	}
	workflow.SetCurrentDetails(ctx, out.Text)
	return out, err
}
