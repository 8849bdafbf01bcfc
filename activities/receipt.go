package activities

import (
	"context"

	"transporter/internal/contract"
	"transporter/internal/receipt"
	"transporter/internal/report"
)

// Receipt writes the proof of one leg, once: what was delivered where, how it was counted
// and how well it was checked. A receipt that is there already stays as it is.
func (a *Run) Receipt(ctx context.Context, in contract.ReceiptIn) error {
	return toTemporal(a.writeReceipt(ctx, in))
}

func (a *Run) writeReceipt(ctx context.Context, in contract.ReceiptIn) error {
	plan, err := a.plan(ctx, in.Plan)
	if err != nil {
		return err
	}
	leg := plan.leg(in.Leg)
	if leg == nil {
		return errNoLeg(in.Leg)
	}
	packed, err := a.packedLeg(ctx, in.LegIn)
	if err != nil {
		return err
	}
	counts, err := a.counts(ctx, &plan, in.StepIn)
	if err != nil {
		return err
	}
	proof := receipt.Receipt{
		Delivery: plan.of(in.Leg), Report: plan.report(), Format: plan.Spec.Format,
		Files: receiptFiles(packed.Files), Counts: counts, Keys: leg.fingerprints(),
		Asked: in.Verified.Asked, Reached: in.Verified.Reached, Note: in.Verified.Note,
		Location: in.Published.Location, Atomic: in.Published.Atomic, PlanSHA: in.Plan.SHA256, RenderedSHA: in.Rendered.SHA256,
		Accepted: plan.Accept, WrittenAt: a.Now().UTC(), WorkflowID: plan.WorkflowID,
	}
	if plan.redelivers() {
		if err := a.Book.PutRedelivery(ctx, plan.Attempt, proof); err != nil {
			return err
		}
	}
	_, err = a.Book.PutReceipt(ctx, proof)
	return err
}

// counts reads the reconciliation back from what was staged; the pages of a window that was
// fetched by an earlier attempt may be gone.
func (a *Run) counts(ctx context.Context, plan *Plan, in contract.StepIn) (out receipt.Counts, err error) {
	if kept := plan.Kept; kept != nil {
		f := kept.Fetched
		out = receipt.Counts{SourceTotal: f.SourceTotal, Fetched: f.Fetched, Kept: f.Kept, Duplicates: f.Duplicates}
	} else {
		var fetched FetchIndex
		if err := a.Stage.GetJSON(ctx, in.Fetched, &fetched); err != nil {
			return out, err
		}
		def, err := report.Get(plan.Spec.Report, plan.Version)
		if err != nil {
			return out, err
		}
		sum := fetched.received(def)
		out = receipt.Counts{SourceTotal: sum.Total, Fetched: sum.Fetched, Kept: sum.Kept, Duplicates: sum.Duplicates}
	}
	var rendered RenderIndex
	if err := a.Stage.GetJSON(ctx, in.Rendered, &rendered); err != nil {
		return out, err
	}
	out.LeftOut, out.Replaced = rendered.LeftOut, rendered.Replaced
	for _, p := range rendered.Parts {
		out.Entries += p.Entries
		out.Rows += p.Rows
	}
	return out, nil
}

func receiptFiles(files []PackedFile) []receipt.File {
	out := make([]receipt.File, len(files))
	for i, f := range files {
		out[i] = receipt.File{Name: f.Name, Size: f.Ref.Size, SHA256: f.Ref.SHA256, Rows: f.Rows, Part: f.Part}
	}
	return out
}
