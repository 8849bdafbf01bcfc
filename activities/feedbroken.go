package activities

import (
	"context"
	"errors"
	"slices"
	"strings"

	"transporter/internal/feed"
	"transporter/internal/incident"
	"transporter/internal/receipt"
	"transporter/internal/task"
)

// broken lets people know at once of a partition that contradicts itself, which only the platform can
// mend; waiting as of late.
func (a *Run) broken(ctx context.Context, plan *Plan, waiting error) error {
	if !errors.Is(waiting, feed.ErrBroken) {
		return a.mended(ctx, plan, brokenKey(plan))
	}
	return a.tellBroken(ctx, plan, brokenKey(plan), waiting.Error(), "or is red after "+task.Duration(plan.Spec.Waits()).String())
}

// damaged lets people know of partitions that are damaged when they are read for the second time, too: the first
// time it may have been the way. None ends it. Waits are what was found of all partitions now.
func (a *Run) damaged(ctx context.Context, plan *Plan, waits []feed.Wait, damaged []string) error {
	noted, err := a.Book.Waiting(ctx, plan.Delivery, plan.Attempt)
	switch {
	case err != nil:
		return err
	case len(damaged) == 0:
		return a.mended(ctx, plan, damagedKey(plan))
	case len(noted) == 0: // for the first time
		return nil
	case !slices.ContainsFunc(waits, func(w feed.Wait) bool {
		return slices.ContainsFunc(noted, func(q receipt.Quarantined) bool { return q.Record == w.Name })
	}):
		return nil
	}
	return a.tellBroken(ctx, plan, damagedKey(plan), strings.Join(damaged, "; "), "or when it is accepted without it")
}

func brokenKey(plan *Plan) string { return incident.WindowKey(plan.Delivery.Generation, plan.Window) }

// damagedKey is of what only reading finds: a listing in which nothing is broken does not end it.
func damagedKey(plan *Plan) string { return brokenKey(plan) + " damaged" }

func (a *Run) mended(ctx context.Context, plan *Plan, key string) error {
	_, err := a.Told.Close(ctx, plan.Delivery.Account, plan.Delivery.Task, incident.FeedBroken, key, a.Now(), "it was exported anew, or accepted as it is")
	return err
}

func (a *Run) tellBroken(ctx context.Context, plan *Plan, key, what, end string) error {
	_, err := a.Told.Open(ctx, incident.Incident{
		Account: plan.Delivery.Account, Task: plan.Delivery.Task, Kind: incident.FeedBroken,
		Key: key, Opened: a.Now().UTC(), Run: plan.WorkflowID,
		Title: plan.Spec.Description + ": a partition cannot be read as it is exported", Detail: clip(what),
		Fix: "ask the platform to export it anew; the run then goes on by itself, " + end,
	})
	return err
}
