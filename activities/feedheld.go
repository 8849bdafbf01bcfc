package activities

import (
	"context"

	"transporter/internal/feed"
	"transporter/internal/feedschema"
	"transporter/internal/incident"
	"transporter/internal/report"
)

// Holds says what the platform says of a feed by now: which changes no operator has released, and how
// often it is exported, and what tells its rows apart. It is a feedschema.Book.
type Holds interface {
	Held(ctx context.Context, account, source, feed, version string) ([]feedschema.Hold, error)
	Cadence(ctx context.Context, account, source, name, version string) (feed.Cadence, bool, error)
	Key(ctx context.Context, account, source, name, version string) (feed.Key, error)
}

// held returns what a run waits with while its feed is held, and lets people know: once of each change,
// and once when it is released. A feed that is not held ends what was open.
func (a *Run) held(ctx context.Context, plan *Plan, def *report.Definition) error {
	if def.Feed == nil {
		return nil
	}
	account, source := plan.Delivery.Account, plan.Spec.Source
	holds, err := a.Holds.Held(ctx, account, source, def.Feed.Table, def.FeedVersion(plan.Spec.Parameters))
	if err != nil {
		return err
	}
	if err := a.endHolds(ctx, plan, holds); err != nil {
		return err
	}
	for _, h := range holds {
		_, err := a.Told.Open(ctx, incident.Incident{
			Account: account, Task: plan.Delivery.Task, Kind: incident.FeedHeld, Key: h.ID, Opened: a.Now().UTC(),
			Title: plan.Spec.Description + ": feed " + h.Feed + " is held", Detail: h.Text(), Fix: h.Fix(source),
		})
		if err != nil {
			return err
		}
	}
	if len(holds) > 0 {
		return holds[0].Wait(source)
	}
	return nil
}

// endHolds closes the task's incidents of changes that hold it no more.
func (a *Run) endHolds(ctx context.Context, plan *Plan, holds []feedschema.Hold) error {
	held := map[string]bool{}
	for _, h := range holds {
		held[h.ID] = true
	}
	open, err := a.Told.All(ctx, plan.Delivery.Account)
	if err != nil {
		return err
	}
	for _, i := range open {
		if i.Kind != incident.FeedHeld || i.Task != plan.Delivery.Task || held[i.Key] {
			continue
		}
		if _, err := a.Told.Close(ctx, i.Account, i.Task, i.Kind, i.Key, a.Now(), "the change was released"); err != nil {
			return err
		}
	}
	return nil
}
