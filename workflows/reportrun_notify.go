package workflows

import (
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/human"
)

// notify tells those who want to know how the run ended. That it cannot is no failure of
// the run: its step is marked, and the incident is listed all the same. Of a first attempt
// that is green nobody hears who did not ask for it, see contract.PlanOut.Tell.
func (r *reportRun) notify(ctx workflow.Context, outcome string, failure error) {
	again := r.in.Attempt > 1
	if r.plan.Skip != "" || failure == nil && !again && !r.plan.Tell {
		return
	}
	if workflow.GetVersion(ctx, "notify", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	info := workflow.GetInfo(ctx)
	in := contract.NotifyIn{
		Run: r.in, WorkflowID: info.WorkflowExecution.ID, RunID: info.WorkflowExecution.RunID, Window: r.plan.Window,
		WindowText: r.plan.WindowTxt, Title: r.plan.Title, Outcome: outcome, Files: r.packed.Files, Rows: r.rendered.Rows,
	}
	if failure != nil {
		in.Error = message(failure)
	}
	out, err := step[contract.NotifyOut](ctx, r, contract.ActivityNotify, "", in, "tell people: "+outcome)
	if err != nil {
		workflow.GetLogger(ctx).Warn("nobody could be told", "error", message(err))
		return
	}
	r.table.note(ctx, contract.ActivityNotify, "", "%s", human.Count(out.Sent, "message"))
}
