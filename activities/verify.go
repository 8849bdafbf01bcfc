package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/fault"
)

// Verify checks every file of a leg at the level that the task asks for, or at the
// destination's default. Reaching less than was asked is VerifyDenied, unless the
// destination says best-effort: then the receipt carries a visible note. Different bytes
// are IntegrityMismatch, which the workflow answers by sending the files again.
func (a *Run) Verify(ctx context.Context, in contract.LegIn) (contract.VerifyOut, error) {
	out, err := beating(ctx, in, atLeg(a, a.verify))
	return out, sendAgain(err)
}

// sendAgain makes an integrity error final for this step: checking the same bytes twice
// cannot help.
func sendAgain(err error) error {
	var app *temporal.ApplicationError
	if errors.As(err, &app) && app.Type() == string(fault.IntegrityMismatch) {
		return temporal.NewNonRetryableApplicationError(app.Message(), app.Type(), nil)
	}
	return err
}

func (a *Run) verify(ctx context.Context, w *legWork, pulse *pulse) (out contract.VerifyOut, err error) {
	asked := w.asked()
	reached := asked
	for i, f := range w.files {
		level, err := w.session.Verify(ctx, f, w.token, asked)
		if err != nil {
			return out, err
		}
		reached = min(reached, level)
		pulse.move(w.done(i + 1))
	}
	return judge(w.leg, asked, reached)
}

// judge holds the level that was reached against the one that was asked for. Without a
// wish of the task the best offered is what was asked.
func judge(leg *PlannedLeg, asked, reached destination.Level) (contract.VerifyOut, error) {
	out := contract.VerifyOut{Asked: int(asked), Reached: int(reached)}
	switch {
	case reached >= asked:
		return out, nil
	case leg.Leg.Verify == nil:
		out.Asked = out.Reached
		out.Note = fmt.Sprintf("the destination offers no check above level %d", reached)
		return out, nil
	case leg.BestEffort:
		out.Note = fmt.Sprintf("weaker than asked: level %d instead of %d (destination says best-effort)", reached, asked)
		return out, nil
	}
	return out, fault.New(fault.VerifyDenied, "%s allows a check at level %d, the task asks for %d", leg.Title, reached, asked).
		WithFix("grant the user the right to read its files, or lower verify in the task, then resume the run")
}
