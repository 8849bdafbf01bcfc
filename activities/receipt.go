package activities

import (
	"context"

	"transporter/internal/contract"
	"transporter/internal/receipt"
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
	files, err := a.packedFiles(ctx, in.LegIn)
	if err != nil {
		return err
	}
	counts, err := a.counts(ctx, in.StepIn)
	if err != nil {
		return err
	}
	_, err = a.Book.PutReceipt(ctx, receipt.Receipt{
		Delivery: plan.of(in.Leg), Report: plan.Spec.Report + "@" + plan.Version, Format: plan.Spec.Format,
		Files: receiptFiles(files), Counts: counts, Keys: leg.fingerprints(),
		Asked: in.Verified.Asked, Reached: in.Verified.Reached, Note: in.Verified.Note,
		Location: in.Published.Location, Atomic: in.Published.Atomic, PlanSHA: in.Plan.SHA256, RenderedSHA: in.Rendered.SHA256,
		WrittenAt: a.Now().UTC(), WorkflowID: plan.WorkflowID,
	})
	return err
}

// counts reads the reconciliation back from what was staged.
func (a *Run) counts(ctx context.Context, in contract.StepIn) (receipt.Counts, error) {
	var fetched FetchIndex
	var rendered RenderIndex
	if err := a.Stage.GetJSON(ctx, in.Fetched, &fetched); err != nil {
		return receipt.Counts{}, err
	}
	if err := a.Stage.GetJSON(ctx, in.Rendered, &rendered); err != nil {
		return receipt.Counts{}, err
	}
	sum := total(fetched.Streams[len(fetched.Streams)-1])
	out := receipt.Counts{SourceTotal: sum.Total, Fetched: sum.Fetched, Kept: sum.Kept, Duplicates: sum.Duplicates}
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
