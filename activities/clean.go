package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"transporter/internal/contract"
	"transporter/internal/report"
)

// Clean removes the staged source pages of a window that is delivered, unless they are a
// snapshot, and the journals of its uploads. What was rendered and encrypted is kept:
// re-delivery and new keys start there. Idempotent.
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
	if err := a.cleanPages(ctx, &plan); err != nil {
		return err
	}
	for _, leg := range plan.Legs {
		if _, err := a.Stage.RemoveAll(ctx, uploadsPrefix(plan.of(leg.ID))+"/"); err != nil {
			return err
		}
	}
	return nil
}

func (a *Run) cleanPages(ctx context.Context, plan *Plan) error {
	def, err := report.Get(plan.Spec.Report, plan.Version)
	if err != nil || def.Snapshots() && def.Mode(plan.Spec.Parameters) != report.ModeAsOf {
		return err
	}
	n, err := a.Stage.RemoveAll(ctx, pagesPrefix(plan.Delivery)+"/")
	if err == nil {
		activity.GetLogger(ctx).Info("source pages removed", "objects", n)
	}
	return err
}
