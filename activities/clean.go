package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"transporter/internal/contract"
)

// Clean removes the staged source pages of a window that is delivered and the journals of
// its uploads. What was rendered
// and encrypted is kept: re-delivery and new keys start there. Idempotent.
func (a *Run) Clean(ctx context.Context, in contract.StepIn) error {
	_, running, stop := startPulse(ctx)
	defer stop()
	return toTemporal(interrupted(running, a.clean(running, in)))
}

func (a *Run) clean(ctx context.Context, in contract.StepIn) error {
	plan, err := a.plan(ctx, in.Plan)
	if err != nil {
		return err
	}
	n, err := a.Stage.RemoveAll(ctx, pagesPrefix(plan.Delivery)+"/")
	if err != nil {
		return err
	}
	activity.GetLogger(ctx).Info("source pages removed", "objects", n)
	for _, leg := range plan.Legs {
		if _, err := a.Stage.RemoveAll(ctx, uploadsPrefix(plan.of(leg.ID))+"/"); err != nil {
			return err
		}
	}
	return nil
}
