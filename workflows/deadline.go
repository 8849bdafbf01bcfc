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
	out, err := exec[contract.LateOut](summarise(ctx, "is the window there by now?"), contract.ActivityDeadline, contract.LateIn{DeadlineIn: in, Deadline: at})
	workflow.SetCurrentDetails(ctx, out.Text)
	return out, err
}
