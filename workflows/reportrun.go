package workflows

import (
	"errors"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/human"
)

// scheduledAt is the nominal time of a scheduled start, before jitter: it names the window.
var scheduledAt = temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime")

// reportRun is one run: what was asked, what the steps gave back, and the table that
// people read while it goes on.
type reportRun struct {
	in       contract.RunInput
	plan     contract.PlanOut
	step     contract.StepIn
	fetched  contract.FetchOut
	rendered contract.TransformOut
	packed   contract.EncryptOut
	table    *stepTable
	ended    time.Time // when the last leg was; the same in every writing of the record
}

// ReportRun carries one window of one task from its source to all of its destinations
// and proves it: plan, fetch, transform, encrypt, then for every leg upload, verify,
// publish and receipt. It ends green only if every leg holds its receipt; whatever ends
// it is in the run record, and a new attempt goes on from the step that failed.
func (o Options) ReportRun(ctx workflow.Context, in contract.RunInput) (contract.RunResult, error) {
	ctx = o.bind(ctx)
	r := &reportRun{in: in}
	r.table = &stepTable{run: r}
	if err := workflow.SetQueryHandler(ctx, contract.QuerySteps, r.table.progress); err != nil {
		return contract.RunResult{}, err
	}
	r.table.refresh(ctx)
	return r.close(ctx, r.run(ctx))
}

func (r *reportRun) run(ctx workflow.Context) error {
	if err := r.makePlan(ctx); err != nil || r.plan.Skip != "" {
		return err
	}
	for _, prepare := range []func(workflow.Context) error{r.await, r.fetch, r.transform, r.encrypt} {
		if err := prepare(ctx); err != nil || r.unchanged() {
			return err
		}
	}
	return r.deliver(ctx)
}

// unchanged reports whether the run only looked for late data and found none: what was
// delivered before still holds.
func (r *reportRun) unchanged() bool {
	return r.rendered.Tracked != nil && r.rendered.Tracked.Unchanged
}

// makePlan resolves the window and everything that is fixed for this run. A window that
// is not over yet (an early trigger or backfill) is waited for, then planned anew, since
// keys and settings may change meanwhile.
func (r *reportRun) makePlan(ctx workflow.Context) error {
	info := workflow.GetInfo(ctx)
	in := contract.PlanIn{
		Run: r.in, Nominal: info.WorkflowStartTime,
		WorkflowID: info.WorkflowExecution.ID, RunID: info.WorkflowExecution.RunID,
	}
	if t, ok := workflow.GetTypedSearchAttributes(ctx).GetTime(scheduledAt); ok {
		in.Nominal = t
	}
	for again := leastWait; ; again = min(2*again, mostWait) {
		plan, err := step[contract.PlanOut](ctx, r, contract.ActivityPlan, "", in, "find the window, its settings and who works on it")
		if err != nil {
			return err
		}
		r.plan, r.step.Plan = plan, plan.Plan
		r.table.note(ctx, contract.ActivityPlan, "", "%s, %s", plan.Report, plan.WindowTxt)
		wait := plan.NotBefore.Sub(workflow.Now(ctx))
		planned := plan.Plan.Key != "" // a worker whose clock is behind the server's finds it too early
		if plan.Skip != "" || planned && wait <= 0 {
			return r.announce(ctx)
		}
		if err := r.waitUntilDue(ctx, max(wait, again)); err != nil {
			return err
		}
	}
}

// leastWait and mostWait bound how soon a window that is over by the server's clock, but
// not by the worker's, is planned again: clocks differ by little, or are wrong for long.
const (
	leastWait = time.Second
	mostWait  = 5 * time.Minute
)

func (r *reportRun) waitUntilDue(ctx workflow.Context, wait time.Duration) error {
	summary := "waiting until the window is over: " + r.plan.NotBefore.UTC().Format(time.RFC3339)
	return workflow.NewTimerWithOptions(ctx, wait, workflow.TimerOptions{Summary: summary}).Get(ctx, nil)
}

// announce makes the run findable by what it is about.
func (r *reportRun) announce(ctx workflow.Context) error {
	trigger := r.in.Trigger
	if trigger == "" {
		trigger = contract.TriggerSchedule
	}
	return workflow.UpsertTypedSearchAttributes(
		ctx,
		attrTrigger.ValueSet(trigger),
		attrReport.ValueSet(r.plan.Report),
		attrWindowEnd.ValueSet(time.UnixMilli(r.plan.Window.To).UTC()),
	)
}

// await waits until the platform has exported the window, if it is one that does.
func (r *reportRun) await(ctx workflow.Context) error {
	if r.plan.Wait == 0 || r.plan.Kept != nil {
		return nil
	}
	out, err := step[contract.AwaitOut](within(ctx, r.plan.Wait), r, contract.ActivityAwait, "",
		r.step, "wait for "+r.plan.Title+" of "+r.plan.WindowTxt)
	if err == nil {
		r.table.note(ctx, contract.ActivityAwait, "", "%s exported", human.Count(out.Leaves, "partition"))
	}
	return err
}

func (r *reportRun) fetch(ctx workflow.Context) (err error) {
	if kept := r.plan.Kept; kept != nil {
		r.fetched, r.step.Fetched = kept.Fetched, kept.Fetched.Index
		r.table.skip(ctx, contract.ActivityFetch, "", human.Count(kept.Fetched.Kept, "record")+" kept of "+kept.By)
		return nil
	}
	r.fetched, err = step[contract.FetchOut](ctx, r, contract.ActivityFetch, "", r.step, "read "+r.plan.Title+" for "+r.plan.WindowTxt)
	if err != nil {
		return err
	}
	r.step.Fetched = r.fetched.Index
	if r.fetched.Swept > 0 {
		r.table.note(ctx, contract.ActivityFetch, "", "%s in the window, read in one sweep of %s",
			human.Count(r.fetched.Kept, "record"), human.Count(r.fetched.Swept, "window"))
		return nil
	}
	r.table.note(ctx, contract.ActivityFetch, "", "%s of %s received, %s in the window, %s in %s%s",
		human.Number(r.fetched.Fetched), human.Count(r.fetched.SourceTotal, "record"), human.Number(r.fetched.Kept),
		human.Bytes(r.fetched.Bytes), human.Count(r.fetched.Calls, "call"), besides(r.fetched.Note))
	return nil
}

// besides is a step's own note at the end of what is said of it.
func besides(note string) string {
	if note == "" {
		return ""
	}
	return "; " + note
}

func (r *reportRun) transform(ctx workflow.Context) (err error) {
	if kept := r.plan.Kept; kept != nil && kept.Rendered.Index.Key != "" {
		r.rendered, r.step.Rendered = kept.Rendered, kept.Rendered.Index
		r.table.skip(ctx, contract.ActivityTransform, "", human.Count(kept.Rendered.Rows, "row")+" kept of "+kept.By)
		return nil
	}
	r.rendered, err = step[contract.TransformOut](ctx, r, contract.ActivityTransform, "",
		r.step, human.Count(r.fetched.Kept, "record")+" to "+r.plan.Format)
	if err != nil {
		return err
	}
	r.step.Rendered = r.rendered.Index
	if t := r.rendered.Tracked; t != nil && t.After != nil {
		r.table.note(ctx, contract.ActivityTransform, "", "%s since revision %d%s", differs(*t), *t.After, drifts(r.rendered.Drift))
		return nil
	}
	replaced := ""
	if n := r.rendered.Replaced; n > 0 {
		replaced = ", " + human.Count(n, "character") + " replaced"
	}
	r.table.note(ctx, contract.ActivityTransform, "", "%s of %s in %s, %s%s%s", human.Count(r.rendered.Rows, "row"),
		human.Count(r.rendered.Entries, "record"), human.Count(r.rendered.Parts, "part"), human.Bytes(r.rendered.Bytes), replaced,
		drifts(r.rendered.Drift))
	return nil
}

// drifts names what the source's records have by now that nobody has described.
func drifts(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return ", in no column (drift): " + strings.Join(names, ", ")
}

// differs says what a revision changes.
func differs(t contract.Tracked) string {
	if t.AsExported() {
		return "nothing was exported anew"
	}
	text := human.Count(t.Added, "row") + " added, " + human.Number(t.Changed) + " changed, " + human.Number(t.Removed) + " removed"
	if t.Unchanged {
		text = "none of " + human.Count(t.Held, "row") + " changed"
	}
	if t.Lost > 0 {
		text += " (" + human.Number(t.Lost) + " of records left out)"
	}
	if t.Stay > 0 {
		text += ", " + human.Number(t.Stay) + " of records left out stay"
	}
	return text
}

func (r *reportRun) encrypt(ctx workflow.Context) (err error) {
	r.packed, err = step[contract.EncryptOut](ctx, r, contract.ActivityEncrypt, "",
		r.step, human.Count(r.rendered.Parts, "part")+" for "+human.Count(len(r.plan.Legs), "destination"))
	if err != nil {
		return err
	}
	r.step.Packed = r.packed.Index
	r.table.note(ctx, contract.ActivityEncrypt, "", "%s, %s, for %s",
		human.Count(r.packed.Files, "file"), human.Bytes(r.packed.Bytes), human.Count(len(r.plan.Legs), "destination"))
	return nil
}

// step runs one activity with its line in the table and its summary in the Temporal UI.
func step[Out any](ctx workflow.Context, r *reportRun, name, leg string, in any, summary string) (Out, error) {
	r.table.start(ctx, name, leg)
	out, err := exec[Out](summarise(fairly(ctx, leg), "%s", summary), name, in)
	r.table.finish(ctx, name, leg, err)
	return out, err
}

// fairly returns a context whose next activity takes its turn among those of its leg's
// destination: a thousand legs that wait for one destination stand in its own line.
func fairly(ctx workflow.Context, leg string) workflow.Context {
	if leg == "" {
		return ctx
	}
	o := workflow.GetActivityOptions(ctx)
	o.Priority.FairnessKey = contract.LegDestination(leg)
	return workflow.WithActivityOptions(ctx, o)
}

// kindOf returns the fault kind of a step's error.
func kindOf(err error) fault.Kind {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return fault.Kind(app.Type())
	}
	return fault.Upstream
}
