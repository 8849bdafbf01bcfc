package activities

import (
	"context"
	"strconv"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/receipt"
	"transporter/internal/report"
	"transporter/internal/task"
)

// Plan resolves what a run is about: the spec in force, its window, whether the window is
// already delivered or somebody else's, and the source, destinations and keys as they are
// now. It wins the claim on the window; a loser ends as duplicate. Idempotent: the same
// workflow finds its own claim again.
func (a *Run) Plan(ctx context.Context, in contract.PlanIn) (contract.PlanOut, error) {
	out, err := a.makePlan(ctx, in)
	return out, toTemporal(err)
}

func (a *Run) makePlan(ctx context.Context, in contract.PlanIn) (out contract.PlanOut, err error) {
	entries, err := a.Ledger.Entries(ctx, in.Run.Account, in.Run.Task)
	if err != nil {
		return out, err
	}
	entry, err := inForce(entries, in)
	if err != nil {
		return out, err
	}
	def, err := report.Get(entry.Spec.Report, entry.Spec.Version)
	if err != nil {
		return out, err
	}
	due, err := resolve(entries[0].EffectiveFrom, entry, def, in)
	if err != nil {
		return out, err
	}
	out = due.out(def, entry.Spec)
	if entry.State != ledger.Enabled && in.Run.Trigger == "" {
		return skip(out, contract.OutcomeSkipped, "the task is "+string(entry.State)), nil
	}
	if due.fire.After(a.Now()) {
		return out, nil // the workflow waits and asks again
	}
	delivery := contract.Delivery{
		Account: in.Run.Account, Task: in.Run.Task, Generation: entry.Generation, Span: out.Window, Revision: in.Run.Revision,
	}
	why, err := a.taken(ctx, delivery, in)
	if err != nil {
		return out, err
	}
	if why != "" {
		return skip(out, contract.OutcomeDuplicate, why), nil
	}
	return a.settlePlan(ctx, out, due, entry, delivery, in)
}

// inForce returns the ledger entry that a run follows: for a scheduled one that of its
// nominal time, for one with an explicit window the newest of its generation.
func inForce(entries []ledger.Entry, in contract.PlanIn) (ledger.Entry, error) {
	if in.Run.Window == nil {
		if e, ok := ledger.InForce(entries, in.Nominal); ok {
			return e, nil
		}
	}
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i].Generation == in.Run.Generation && in.Run.Window != nil {
			return entries[i], nil
		}
	}
	return ledger.Entry{}, fault.New(fault.ConfigMissing, "task %s has no specification for this run", in.Run.Task).
		WithFix("the task was deleted or its schedule edited by hand; delete the schedule, or save the task again")
}

// due is a resolved window and the moment at which its run fires.
type due struct {
	calendar *task.Calendar
	window   task.Window
	fire     time.Time
}

func resolve(created time.Time, entry ledger.Entry, def *report.Definition, in contract.PlanIn) (due, error) {
	calendar, err := task.NewCalendar(entry.Spec, created, time.Duration(def.DefaultDelay))
	if err != nil {
		return due{}, err
	}
	d := due{calendar: calendar}
	if w := in.Run.Window; w != nil {
		d.window = task.Window{From: time.UnixMilli(w.From).UTC(), To: time.UnixMilli(w.To).UTC()}
		if !d.window.From.Before(d.window.To) {
			return due{}, fault.New(fault.InvalidSpec, "the window is empty: %s", d.window.Text(calendar.Zone())).WithField("window")
		}
	} else if window, ok := calendar.WindowAt(in.Nominal); ok {
		d.window = window
	} else {
		return due{}, fault.New(fault.InvalidSpec, "no window of the task is due at %s", in.Nominal.Format(time.RFC3339)).
			WithFix("the first window ends at %s", calendar.First().Format(time.RFC3339))
	}
	d.fire = calendar.Fire(d.window.To)
	if _, ok := calendar.WindowOf(d.window.To); !ok {
		d.fire = d.window.To.Add(calendar.Delay()) // asked for by hand, off the task's grid
	}
	return d, nil
}

// out is what the workflow needs before the plan is staged.
func (d due) out(def *report.Definition, spec task.Spec) contract.PlanOut {
	from, to := d.window.Span()
	return contract.PlanOut{
		Window: contract.Span{From: from, To: to}, WindowTxt: d.window.Text(d.calendar.Zone()), NotBefore: d.fire,
		Report: def.Ref(), Title: def.Title, Format: spec.Format,
	}
}

// nextFire is when the run after this one is due; zero if there is none.
func (d due) nextFire() time.Time {
	next, ok := d.calendar.Next(d.fire)
	if !ok {
		return time.Time{}
	}
	return d.calendar.Fire(next)
}

func skip(out contract.PlanOut, outcome, why string) contract.PlanOut {
	out.Skip, out.SkipWhy = outcome, why
	return out
}

// taken tells why this run must not work on the window: it is delivered, or another
// workflow holds it. An attempt waits for nobody: it is refused while the holder of any
// other still runs, also of a later one, which a reset of this workflow may find.
func (a *Run) taken(ctx context.Context, d contract.Delivery, in contract.PlanIn) (why string, err error) {
	done, err := a.Book.Receipt(ctx, d)
	if err != nil {
		return "", err
	}
	if done != nil {
		return "delivered by " + done.WorkflowID + " on " + done.WrittenAt.Format(time.RFC3339), nil
	}
	attempt := max(in.Run.Attempt, 1)
	claims, err := a.Book.Claims(ctx, d)
	if err != nil {
		return "", err
	}
	for _, c := range claims {
		if c.Attempt == attempt || c.WorkflowID == in.WorkflowID {
			continue // the claim decides
		}
		closed, err := a.Runs.Closed(ctx, c.WorkflowID)
		if err != nil || !closed {
			return "attempt " + strconv.Itoa(c.Attempt) + " still runs: " + c.WorkflowID, err
		}
	}
	won, holder, err := a.Book.Claim(ctx, receipt.Claim{
		Delivery: d, Attempt: attempt, WorkflowID: in.WorkflowID, RunID: in.RunID, At: a.Now().UTC(),
	})
	if err != nil || won {
		return "", err
	}
	return "held by " + holder.WorkflowID + "; if that run is red, resume it", nil
}

// settlePlan resolves legs against the account as it is now and stages the plan.
func (a *Run) settlePlan(ctx context.Context, out contract.PlanOut, d due, entry ledger.Entry,
	delivery contract.Delivery, in contract.PlanIn,
) (contract.PlanOut, error) {
	snapshot, err := a.Accounts.Snapshot(ctx, delivery.Account)
	if err != nil {
		return out, err
	}
	src, ok := snapshot.Sources[entry.Spec.Source]
	if !ok {
		return out, fault.New(fault.ConfigMissing, "source %s was deleted", entry.Spec.Source).
			WithFix("choose another source in the task, then resume the run")
	}
	plan := Plan{
		Delivery: delivery, Attempt: max(in.Run.Attempt, 1), WorkflowID: in.WorkflowID, Window: out.Window, Fire: d.fire, NextFire: d.nextFire(),
		Date: d.calendar.NameData(d.window).Date, TZVersion: task.TZVersion(), Spec: entry.Spec, Version: entry.Spec.Version, PlatformAccount: src.PlatformAccount,
	}
	for _, leg := range entry.Spec.Destinations {
		planned, err := planLeg(snapshot, leg, a.Now())
		if err != nil {
			return out, err
		}
		delivered, err := a.Book.Receipt(ctx, plan.of(planned.ID))
		if err != nil {
			return out, err
		}
		plan.Legs = append(plan.Legs, planned)
		out.Legs = append(out.Legs, contract.LegOut{
			ID: planned.ID, Kind: planned.Kind, Title: planned.Title, Delivered: delivered != nil,
		})
	}
	out.Plan, err = a.Stage.PutJSON(ctx, artefactsPrefix(delivery)+"/plan", plan)
	return out, err
}

// planLeg pins destination and keys of one leg.
func planLeg(snapshot account.Snapshot, leg task.Leg, now time.Time) (PlannedLeg, error) {
	d, ok := snapshot.Destinations[leg.Destination]
	if !ok {
		return PlannedLeg{}, fault.New(fault.ConfigMissing, "destination %s was deleted", leg.Destination).
			WithFix("choose another destination in the task, then resume the run")
	}
	planned := PlannedLeg{
		ID: contract.LegID(leg.Destination, leg.Path, leg.FileName), Kind: d.Kind, Title: titleOf(d, leg.Path),
		Leg: leg, BestEffort: d.Verify == verifyBestEffort,
	}
	if leg.Encryption.Mode != task.EncryptPGP {
		return planned, nil
	}
	for _, id := range leg.Encryption.Keys {
		key, err := fitKey(snapshot, id, now)
		if err != nil {
			return planned, err
		}
		planned.Keys = append(planned.Keys, PlannedKey{ID: id, Fingerprint: key.Fingerprint()})
	}
	return planned, nil
}

// verifyBestEffort on a destination turns a check weaker than asked into a visible note.
const verifyBestEffort = "best-effort"
