package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"transporter/internal/contract"
	"transporter/internal/receipt"
)

// Record writes the run record, so that a run is known after Temporal has forgotten it,
// and the receipt of the whole window when the run is green. The last run of a task pauses
// its schedule. Idempotent.
func (a *Run) Record(ctx context.Context, in contract.RecordIn) error {
	return toTemporal(a.writeRecord(ctx, in))
}

func (a *Run) writeRecord(ctx context.Context, in contract.RecordIn) error {
	a.countTries(ctx, in)
	record := receipt.RunRecord{RecordIn: in}
	if in.Packed.Key != "" {
		var packed PackIndex
		if err := a.Stage.GetJSON(ctx, in.Packed, &packed); err != nil {
			return err
		}
		record.Downloads = downloads(packed)
	}
	var err error
	if record.Quarantined, err = a.quarantined(ctx, in); err != nil {
		return err
	}
	green := in.Outcome == contract.OutcomeDelivered || in.Outcome == contract.OutcomeEmpty
	if green {
		plan, err := a.plan(ctx, in.Plan)
		if err != nil {
			return err
		}
		if _, err := a.Book.PutReceipt(ctx, receipt.Receipt{
			Delivery: plan.Delivery, Report: in.Report, Format: plan.Spec.Format, PlanSHA: in.Plan.SHA256,
			Accepted: plan.Accept, Kept: &contract.Kept{By: in.WorkflowID, Fetched: in.Fetched, Rendered: in.Rendered},
			WrittenAt: a.Now().UTC(), WorkflowID: in.WorkflowID,
		}); err != nil {
			return err
		}
		run, _ := contract.ParseRunID(in.WorkflowID) // nothing for one that somebody started under an ID of their own
		// Of the record's time, not of now: a repeat writes the same line.
		done := receipt.Done{Delivery: plan.Delivery, Outcome: in.Outcome, Rows: in.Rows, At: in.Ended.UTC(), Run: run}
		if t := in.Rendered.Tracked; t != nil {
			done.Rows = t.Held
		}
		if err := a.Book.PutDone(ctx, done); err != nil {
			return err
		}
	}
	if (green || in.Outcome == contract.OutcomeUnchanged) && !in.Run.Look.IsZero() {
		plan, err := a.plan(ctx, in.Plan)
		if err != nil {
			return err
		}
		if err := a.Book.PutLook(ctx, receipt.Look{Delivery: plan.Delivery, At: in.Run.Look}); err != nil {
			return err
		}
	}
	if err := a.Book.PutRun(ctx, record); err != nil {
		return err
	}
	a.finish(ctx, in)
	return nil
}

// countTries adds the tries that only Temporal knows. A count is not worth a run: without an
// answer the record has the workflow's own.
func (a *Run) countTries(ctx context.Context, in contract.RecordIn) {
	tried, err := a.Runs.Attempts(ctx, in.WorkflowID, in.RunID)
	if err != nil {
		activity.GetLogger(ctx).Warn("tries of the run are not known", "error", err)
	}
	for i := range in.Steps {
		in.Steps[i].Attempt = max(in.Steps[i].Attempt, tried[in.Steps[i].Key()])
	}
}

// downloads lists what can be fetched of a run while its artefacts are kept.
func downloads(packed PackIndex) []receipt.Download {
	var out []receipt.Download
	for _, leg := range packed.Legs {
		for _, f := range leg.Files {
			out = append(out, receipt.Download{Name: f.Name, Leg: leg.ID, Ref: f.Ref, Encrypted: f.Encrypted})
		}
	}
	return out
}
