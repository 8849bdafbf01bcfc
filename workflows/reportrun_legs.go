package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/human"
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
	// A cancelled run, too, waits for its legs: they stop, and take away what they left.
	all, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	if err := workflow.Await(all, func() bool { return open == 0 }); err != nil {
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
	if err := r.place(ctx, leg, &in); err != nil {
		r.discard(ctx, leg, in.LegIn)
		return err
	}
	_, err := step[struct{}](ctx, r, contract.ActivityReceipt, leg.ID, in, "receipt of "+leg.Title)
	if err == nil {
		r.table.note(ctx, contract.ActivityReceipt, leg.ID, "%s proven", human.Count(r.rendered.Rows, "row"))
	}
	return err
}

// place brings the file set to its final names. Temporary files that are gone before they
// get them are sent again.
func (r *reportRun) place(ctx workflow.Context, leg contract.LegOut, in *contract.ReceiptIn) (err error) {
	for placed := 1; ; placed++ {
		if r.packed.Files > 0 {
			if in.Verified, err = r.send(ctx, leg, in.LegIn); err != nil {
				return err
			}
		}
		in.Published, err = step[contract.PublishOut](ctx, r, contract.ActivityPublish, leg.ID, in.LegIn, "final names at "+leg.Title)
		if err == nil {
			r.table.note(ctx, contract.ActivityPublish, leg.ID, "%s", published(in.Published))
			return nil
		}
		if kindOf(err) != fault.IntegrityMismatch || placed == maxSends {
			return err
		}
	}
}

// discard removes the temporary files of a leg that failed, also when the run was
// cancelled. What it cannot remove (the destination may be the trouble) is only logged: the
// names are this delivery's own, and a later attempt writes over them.
func (r *reportRun) discard(ctx workflow.Context, leg contract.LegOut, in contract.LegIn) {
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	if _, err := step[struct{}](ctx, r, contract.ActivityDiscard, leg.ID, in, "remove temporary files at "+leg.Title); err != nil {
		workflow.GetLogger(ctx).Warn("temporary files are left over", "leg", leg.ID, "error", message(err))
	}
}

// send uploads and verifies until the bytes there are ours.
func (r *reportRun) send(ctx workflow.Context, leg contract.LegOut, in contract.LegIn) (contract.VerifyOut, error) {
	for sent := 1; ; sent++ {
		up, err := step[contract.UploadOut](ctx, r, contract.ActivityUpload, leg.ID, in,
			human.Count(r.packed.Files, "file")+" to "+leg.Title)
		if err != nil {
			return contract.VerifyOut{}, err
		}
		r.table.note(ctx, contract.ActivityUpload, leg.ID, "%s, %s", human.Count(up.Files, "file"), human.Bytes(up.Bytes))
		checked, err := step[contract.VerifyOut](ctx, r, contract.ActivityVerify, leg.ID, in, "check at "+leg.Title)
		if err == nil {
			r.table.note(ctx, contract.ActivityVerify, leg.ID, "%s", verified(checked))
			return checked, nil
		}
		if kindOf(err) != fault.IntegrityMismatch || sent == maxSends {
			return contract.VerifyOut{}, err
		}
	}
}

// published says where the files are.
func published(p contract.PublishOut) string {
	text := human.Count(p.Files, "file") + ", listed in " + p.Location
	if !p.Atomic {
		text += ", not atomic: a name may show before its file is whole"
	}
	return text
}

// checks says what each verification level compared.
var checks = []string{"accepted, nothing compared", "sizes compared", "hashes compared", "read back and compared"}

func verified(v contract.VerifyOut) string {
	text := fmt.Sprintf("level %d", v.Reached)
	if v.Reached >= 0 && v.Reached < len(checks) {
		text = fmt.Sprintf("%s (level %d)", checks[v.Reached], v.Reached)
	}
	if v.Reached < v.Asked {
		text += fmt.Sprintf(", level %d was asked for", v.Asked)
	}
	if v.Note != "" {
		text += ": " + v.Note
	}
	return text
}
