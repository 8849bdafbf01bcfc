package activities

import (
	"context"
	"time"

	"transporter/internal/feed"
	"transporter/internal/incident"
	"transporter/internal/report"
	"transporter/internal/task"
)

// late lets people know of a window that the platform should have exported by now, once; waiting is
// what is missing, nil when nothing is any more, which ends it.
func (a *Run) late(ctx context.Context, plan *Plan, def *report.Definition, waiting error) error {
	account, id, key := plan.Delivery.Account, plan.Delivery.Task, incident.WindowKey(plan.Delivery.Generation, plan.Window)
	if waiting == nil {
		_, err := a.Told.Close(ctx, account, id, incident.FeedLate, key, a.Now(), "it is exported, or was accepted as it is")
		return err
	}
	end := time.UnixMilli(plan.Window.To)
	cadence, said, err := a.Holds.Cadence(ctx, account, plan.Spec.Source, def.Feed.Table, def.FeedVersion(plan.Spec.Parameters))
	if err != nil {
		return err
	}
	if !said {
		cadence = feed.CadenceOf(time.Duration(def.Feed.Every))
	}
	lateness := cadence.Limits().At(end, a.Now())
	if lateness != feed.Late && lateness != feed.Missing {
		return nil
	}
	_, err = a.Told.Open(ctx, incident.Incident{
		Account: account, Task: id, Kind: incident.FeedLate, Key: key, Opened: a.Now().UTC(), Run: plan.WorkflowID,
		Title: plan.Spec.Description + ": the platform's export is late", Detail: clip(waiting.Error()),
		Fix: "ask the platform about it; the run goes on by itself, or is red after " + task.Duration(plan.Spec.Waits()).String(),
	})
	return err
}
