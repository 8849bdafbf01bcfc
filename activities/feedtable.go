package activities

import (
	"cmp"
	"context"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feedbook"
	"transporter/internal/manifest"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/task"
	"transporter/internal/transform"
)

// keepsTable reports whether what the window delivers depends on what was delivered before: the
// task then keeps the table as its receivers have it.
func keepsTable(plan *Plan, def *report.Definition) bool {
	return def.Feed != nil && def.FeedDelivery(plan.Spec.Parameters) != report.DeliveryLeaf
}

// feedPlace is where the window stands among the states of its table; nil where there is none.
func (a *Run) feedPlace(ctx context.Context, plan *Plan, def *report.Definition) (*feedbook.Place, error) {
	if !keepsTable(plan, def) {
		return nil, nil
	}
	place, err := a.Feeds.Place(ctx, plan.Delivery)
	return &place, err
}

// writeFeed renders the window of a feed, and makes what it leads to the next state of the table.
func (a *Run) writeFeed(ctx context.Context, plan *Plan, r rendering, fetched FetchIndex, parts *partSink) (result transform.Result, err error) {
	leaves := fetched.Leaves
	rows := &feedRows{
		Run: a, delivery: r.job.Report.FeedDelivery(plan.Spec.Parameters), leaves: leaves, worse: r.worse, scratch: r.prefix + "/" + scratchFolder, pulse: parts.pulse,
	}
	if err := a.Feeds.Deliver(ctx, plan.Delivery, leaves, fetched.Without...); err != nil {
		return result, err
	}
	var next *feedbook.State
	if r.table != nil {
		if next, err = a.nextState(ctx, plan, r, leaves); err != nil {
			return result, err
		}
		if next == nil {
			parts.index.Tracked = &contract.Tracked{Mode: task.RevisionsFull, After: &plan.Before.Revision, Unchanged: true}
			return result, a.stays(ctx, plan, fetched)
		}
		parts.index.Table = &manifest.Table{State: next.Number}
		snapshot := r.job.Report.Feed.Snapshot
		rows.was, rows.now = r.table.Base.Sets(snapshot), next.Sets(snapshot)
		if rows.delivery == report.DeliveryChanges {
			r.job.Earlier = feedBefore{rows}
		}
	}
	if result, err = a.renderRows(ctx, plan, r, rows, parts); err != nil {
		return result, err
	}
	if err := a.complete(ctx, plan, result, parts.index.Tracked, source.Counts{Kept: rows.given}); err != nil {
		return result, a.listedAgain(ctx, plan, err)
	}
	var exported []feedbook.Leaf
	if rows.delivery == report.DeliveryChanges {
		exported = leaves
	}
	if err := a.expected(ctx, plan, holdsRows(result, parts.index.Tracked, exported)); err != nil {
		return result, err
	}
	if t := parts.index.Tracked; t != nil && t.Unchanged {
		return result, a.stays(ctx, plan, fetched)
	}
	if next == nil || r.table.Own != nil {
		return result, nil
	}
	return result, a.Feeds.Commit(ctx, *next)
}

// listedAgain has the next attempt list the exports again if the window is red for what they say: the
// platform may have exported them anew. What stays as it is is not read again. The index of what was
// read stays, so that this step fails alike when it is tried again.
func (a *Run) listedAgain(ctx context.Context, plan *Plan, red error) error {
	if !fault.Is(red, fault.Incomplete) {
		return red
	}
	q, err := questionOf(plan, a.Now())
	if err == nil {
		err = a.Stage.Remove(ctx, Ref{Key: q.commit()})
	}
	return cmp.Or(err, red)
}

// stays notes that what is delivered is what these exports say, too: nobody has to look at them again.
func (a *Run) stays(ctx context.Context, plan *Plan, fetched FetchIndex) error {
	d := plan.Delivery
	d.Revision = plan.Before.Revision
	return a.Feeds.Deliver(ctx, d, fetched.Leaves, fetched.Without...)
}

// nextState is the table after the window; nil if the run only looks, and what it looks at is as
// it was, and has no more to tell.
func (a *Run) nextState(ctx context.Context, plan *Plan, r rendering, leaves []feedbook.Leaf) (*feedbook.State, error) {
	place := r.table
	if place.Own != nil {
		if !place.Own.Has(leaves) {
			return nil, fault.New(fault.Conflict, "the partitions of the window are others than when it was rendered").
				WithFix("look for late data: what has changed is delivered as the next revision")
		}
		return place.Own, nil
	}
	if plan.looks() && place.Base.Has(leaves) && !r.tells {
		return nil, nil
	}
	base := place.Base
	if base.Key != r.key {
		base = base.Anew(r.key, r.anew)
	}
	next := base.With(leaves)
	next.Delivery = plan.Delivery
	for _, leg := range plan.Legs {
		next.Legs = append(next.Legs, leg.ID)
	}
	return &next, a.Feeds.Compact(ctx, &next)
}
