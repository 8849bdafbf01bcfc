package workflows

import (
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/human"
)

// Versions of how people are told. A green run is told of once its record proves it: one that
// cannot be recorded is red, and whoever looks for late windows meanwhile finds it delivered,
// or has noted it before the run looks for what it ends.
const (
	toldBeforeRecord = 1
	toldAfterRecord  = 2
)

// telling is when people are told of this run, which is green or not.
func (r *reportRun) telling(ctx workflow.Context) workflow.Version {
	return workflow.GetVersion(ctx, "notify", workflow.DefaultVersion, toldAfterRecord)
}

// tells reports whether people hear of the run's end. Of a first attempt that is green nobody
// does who did not ask for it, see contract.PlanOut.Tell. A later attempt that finds the
// window delivered ends the incident that the earlier one left.
func (r *reportRun) tells(failure error) bool {
	again := r.in.Attempt > 1
	switch {
	case r.plan.Skip != "":
		return again && r.plan.Delivered
	case failure != nil:
		return true
	}
	return again || r.plan.Tell
}

// notify tells those who want to know how the run ended. That it cannot is no failure of
// the run: its step is marked, and the incident is listed all the same.
func (r *reportRun) notify(ctx workflow.Context, outcome string, failure error) {
	info := workflow.GetInfo(ctx)
	in := contract.NotifyIn{
		Run: r.in, WorkflowID: info.WorkflowExecution.ID, RunID: info.WorkflowExecution.RunID, Window: r.plan.Window,
		WindowText: r.plan.WindowTxt, Title: r.plan.Title, Outcome: outcome, Files: r.packed.Files, Rows: r.rendered.Rows, Drift: r.rendered.Drift,
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
