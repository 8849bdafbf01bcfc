package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// maxSends is how often a leg's files are sent again when the bytes at the destination
// are not ours; a destination that spoils them three times will do so again.
const maxSends = 3

// deliver runs the legs side by side: one that waits for a dead destination holds up no
// other. It returns the errors of all legs that failed.
func (r *reportRun) deliver(ctx workflow.Context) error {
	failed := make([]error, len(r.plan.Legs))
	open := len(r.plan.Legs)
	for i, leg := range r.plan.Legs {
		workflow.Go(ctx, func(ctx workflow.Context) {
			failed[i] = r.leg(ctx, leg)
			open--
			if failed[i] == nil && open > 0 {
				r.showOutcome(ctx, contract.OutcomePartial)
			}
		})
	}
	if err := workflow.Await(ctx, func() bool { return open == 0 }); err != nil {
		return err
	}
	return errors.Join(failed...)
}

// leg delivers the file set to one destination: temporary names, check, final names,
// receipt. A leg that holds its receipt already is done.
func (r *reportRun) leg(ctx workflow.Context, leg contract.LegOut) error {
	if leg.Delivered {
		r.table.skip(ctx, contract.ActivityReceipt, leg.ID, "delivered by an earlier attempt")
		return nil
	}
	in := contract.ReceiptIn{LegIn: contract.LegIn{StepIn: r.step, Leg: leg.ID}}
	var err error
	if r.packed.Files > 0 {
		if in.Verified, err = r.send(ctx, leg, in.LegIn); err != nil {
			return err
		}
	}
	in.Published, err = step[contract.PublishOut](ctx, r, contract.ActivityPublish, leg.ID, in.LegIn, "final names at "+leg.Title)
	if err != nil {
		return err
	}
	r.table.note(ctx, contract.ActivityPublish, leg.ID, "%d files at %s", in.Published.Files, in.Published.Location)
	_, err = step[struct{}](ctx, r, contract.ActivityReceipt, leg.ID, in, "receipt of "+leg.Title)
	return err
}

// send uploads and verifies until the bytes there are ours.
func (r *reportRun) send(ctx workflow.Context, leg contract.LegOut, in contract.LegIn) (contract.VerifyOut, error) {
	for sent := 1; ; sent++ {
		up, err := step[contract.UploadOut](ctx, r, contract.ActivityUpload, leg.ID, in,
			fmt.Sprintf("%d files to %s", r.packed.Files, leg.Title))
		if err != nil {
			return contract.VerifyOut{}, err
		}
		r.table.note(ctx, contract.ActivityUpload, leg.ID, "%d files, %d bytes", up.Files, up.Bytes)
		checked, err := step[contract.VerifyOut](ctx, r, contract.ActivityVerify, leg.ID, in, "check at "+leg.Title)
		if err == nil {
			r.table.note(ctx, contract.ActivityVerify, leg.ID, "level %d reached, %d asked %s", checked.Reached, checked.Asked, checked.Note)
			return checked, nil
		}
		if kindOf(err) != fault.IntegrityMismatch || sent == maxSends {
			return contract.VerifyOut{}, err
		}
	}
}
