package activities

import (
	"context"
	"errors"

	"transporter/internal/feed"
	"transporter/internal/incident"
	"transporter/internal/task"
)

// broken lets people know at once of a partition that contradicts itself, which only the platform can
// mend; waiting as of late.
func (a *Run) broken(ctx context.Context, plan *Plan, waiting error) error {
	account, id, key := plan.Delivery.Account, plan.Delivery.Task, incident.WindowKey(plan.Delivery.Generation, plan.Window)
	if !errors.Is(waiting, feed.ErrBroken) {
		_, err := a.Told.Close(ctx, account, id, incident.FeedBroken, key, a.Now(), "it was exported anew, or accepted as it is")
		return err
	}
	_, err := a.Told.Open(ctx, incident.Incident{
		Account: account, Task: id, Kind: incident.FeedBroken, Key: key, Opened: a.Now().UTC(), Run: plan.WorkflowID,
		Title: plan.Spec.Description + ": a partition cannot be read as it is exported", Detail: clip(waiting.Error()),
		Fix: "ask the platform to export it anew; the run then goes on by itself, or is red after " + task.Duration(plan.Spec.Waits()).String(),
	})
	return err
}
