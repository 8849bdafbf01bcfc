package activities

import (
	"context"
	"strconv"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/coverage"
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
	entries, windows, err := coverage.Load(ctx, a.Ledger, in.Run.Account, in.Run.Task)
	if err != nil {
		return out, err
	}
	due, err := resolve(entries, windows, in)
	if err != nil {
		return out, err
	}
	if w, ok := windows.Before(due.window); ok {
		from, to := w.Span()
		due.before, due.goesOn = &contract.Span{From: from, To: to}, due.continues(w, windows.Entry(w.Seq).Spec)
	}
	entry := due.entry
	def, err := report.Get(entry.Spec.Report, entry.Spec.Version)
	if err != nil {
		return out, err
	}
	out = due.out(def, entry.Spec)
	if now, ok := ledger.InForce(entries, in.Nominal); ok && now.State != ledger.Enabled && in.Run.Trigger == "" {
		return skip(out, contract.OutcomeSkipped, "the task is "+string(now.State)), nil
	}
	if due.fire.After(a.Now()) {
		return out, nil // the workflow waits and asks again
	}
	delivery := contract.Delivery{
		Account: in.Run.Account, Task: in.Run.Task, Generation: entry.Generation, Span: out.Window, Revision: in.Run.Revision,
	}
	claims, err := a.Book.Claims(ctx, delivery)
	if err != nil {
		return out, err
	}
	before, err := a.before(ctx, delivery, in.Run, entry.Spec)
	if err != nil {
		return out, err
	}
	accept := acceptances(claims, in.Run)
	if before != nil && !in.Run.Look.IsZero() { // nobody is asked again for the same records
		accept = before.accepted.With(accept)
	}
	if out.Kept, err = a.kept(ctx, def, delivery, in, accept, claims); err != nil {
		return out, err
	}
	done, why, err := a.taken(ctx, delivery, in, claims)
	if err != nil {
		return out, err
	}
	if out.Delivered = done; why != "" {
		return skip(out, contract.OutcomeDuplicate, why), nil
	}
	return a.settlePlan(ctx, out, due, delivery, in, accept, before)
}

// taken tells why this run must not work on the window: it is delivered, or another
// workflow holds it. An attempt waits for nobody: it is refused while the holder of any
// other still runs, also of a later one, which a reset of this workflow may find. A window
// that is delivered is taken for all but a redelivery.
func (a *Run) taken(ctx context.Context, d contract.Delivery, in contract.PlanIn, claims []receipt.Claim) (delivered bool, why string, err error) {
	done, err := a.Book.Receipt(ctx, d)
	if err != nil {
		return false, "", err
	}
	if done != nil && !in.Run.Redeliver {
		return true, "delivered by " + done.WorkflowID + " on " + done.WrittenAt.Format(time.RFC3339), nil
	}
	attempt := max(in.Run.Attempt, 1)
	for _, c := range claims {
		if c.Attempt == attempt || c.WorkflowID == in.WorkflowID {
			continue // the claim decides
		}
		closed, err := a.Runs.Closed(ctx, c.WorkflowID)
		if err != nil || !closed {
			return false, "attempt " + strconv.Itoa(c.Attempt) + " still runs: " + c.WorkflowID, err
		}
	}
	won, holder, err := a.Book.Claim(ctx, receipt.Claim{
		Delivery: d, Attempt: attempt, WorkflowID: in.WorkflowID, RunID: in.RunID, At: a.Now().UTC(),
		Accept: in.Run.Accept, Look: in.Run.Look,
	})
	if err != nil || won {
		return false, "", err
	}
	return false, "held by " + holder.WorkflowID + "; if that run is red, resume it", nil
}

// settlePlan resolves legs against the account as it is now and stages the plan.
func (a *Run) settlePlan(ctx context.Context, out contract.PlanOut, d due, delivery contract.Delivery, in contract.PlanIn, accept *contract.Acceptance, before *Before) (contract.PlanOut, error) {
	entry := d.entry
	snapshot, err := a.Accounts.Snapshot(ctx, delivery.Account)
	if err != nil {
		return out, err
	}
	src, ok := snapshot.Sources[entry.Spec.Source]
	if !ok {
		return out, fault.New(fault.ConfigMissing, "source %s was deleted", entry.Spec.Source).
			WithFix("choose another source in the task, then resume the run")
	}
	if src.Kind == account.SourceASAPP {
		out.Wait = entry.Spec.Waits()
	}
	plan := Plan{
		Delivery: delivery, Attempt: max(in.Run.Attempt, 1), WorkflowID: in.WorkflowID, Window: out.Window, Previous: d.before, GoesOn: d.goesOn, Fire: d.fire, NextFire: d.nextFire(), Trigger: in.Run.Trigger,
		Date: d.calendar.NameData(d.window).Date, Partition: d.calendar.Partition(d.window), TZVersion: task.TZVersion(), Spec: entry.Spec, Version: entry.Spec.Version, PlatformAccount: src.PlatformAccount,
		Accept: accept, Kept: out.Kept, Look: in.Run.Look, Before: before,
	}
	out.Tell = tells(snapshot, entry.Spec, in.Run.Trigger)
	for _, leg := range entry.Spec.Destinations {
		planned, err := planLeg(snapshot, leg, a.Now())
		if err != nil {
			return out, err
		}
		delivered, err := a.Book.Receipt(ctx, plan.of(planned.ID))
		if err != nil {
			return out, err
		}
		if has, err := a.hasWindow(ctx, &plan, planned.ID); err != nil || !has {
			if err != nil {
				return out, err
			}
			continue
		}
		plan.Legs = append(plan.Legs, planned)
		out.Legs = append(out.Legs, contract.LegOut{
			ID: planned.ID, Kind: planned.Kind, Title: planned.Title, Delivered: delivered != nil && !in.Run.Redeliver,
		})
	}
	if err := a.askAnew(ctx, &plan); err != nil {
		return out, err
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
		ID: contract.LegID(leg.Destination, leg.Path, leg.Naming()), Kind: d.Kind, Title: titleOf(d, leg.Path),
		Leg: leg, BestEffort: d.Verify == verifyBestEffort,
	}
	if leg.Encryption.Mode != task.EncryptPGP {
		return planned, nil
	}
	if leg.Encryption.Sign {
		if snapshot.Signer == nil {
			return planned, errNoSigner()
		}
		planned.Signer = snapshot.Signer.Fingerprint
	}
	for _, id := range snapshot.KeysInForce(leg.Encryption.Keys, now) {
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
