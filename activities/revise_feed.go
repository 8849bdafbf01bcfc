package activities

import (
	"context"
	"fmt"
	"time"

	"transporter/internal/contract"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

// How often the leaves of delivered windows are looked at: those of the last days every hour,
// older ones once a day, and for how long.
const (
	hourlyDays = 7
	dailyDays  = 35
	aDay       = 24 * time.Hour
)

// feedHorizon is how far back a pass at now looks: all the way in the first pass of a day.
func feedHorizon(last, now time.Time) (since time.Time, due bool) {
	switch {
	case now.Truncate(aDay).After(last):
		return now.Add(-dailyDays * aDay), true
	case now.Truncate(time.Hour).After(last):
		return now.Add(-hourlyDays * aDay), true
	}
	return now, false
}

// reexported returns the delivered windows of a feed's task of which a leaf came late or was exported
// anew since, or has another number of rows than the platform says by now. One listing tells.
func (a *Revise) reexported(ctx context.Context, accountID, id string, spec task.Spec, windows *timeline.Timeline) (checks []check, err error) {
	now := a.Now()
	last, err := a.Feeds.Looked(ctx, accountID, id)
	if err != nil {
		return nil, err
	}
	since, due := feedHorizon(last, now)
	if !due {
		return nil, nil
	}
	there, err := a.exports(ctx, accountID, spec, since, now)
	if err != nil {
		return nil, err
	}
	known, err := a.known(ctx, accountID, id, since, now)
	if err != nil {
		return nil, err
	}
	withdrawn, err := a.withdrawn(ctx, accountID, id, spec, there)
	if err != nil {
		return nil, err
	}
	for w := range windows.Due(since, now) {
		done, ok := known.done[windowKey(w.Generation, w)]
		if !ok {
			continue
		}
		leaves := within(there.leaves, w)
		if err := withdrawn.look(ctx, done.Delivery, leaves); err != nil {
			return nil, err
		}
		at, due, err := a.dueAgain(ctx, done.Delivery, there, leaves)
		if err != nil {
			return nil, err
		}
		if due {
			checks = append(checks, check{w, spec, done, at})
		}
	}
	if len(checks) < looksAtOnce { // else the rest is found by the next pass
		err = a.Feeds.Look(ctx, accountID, id, now)
	}
	return checks, err
}

// dueAgain tells whether a delivered window is to be looked at, and since when: now, as something of it
// was exported anew; or since it was noticed that the platform says another number of rows than was
// read. The run that looks is red for it, until somebody accepts it by name.
func (a *Revise) dueAgain(ctx context.Context, d contract.Delivery, there exported, leaves []feed.Leaf) (at time.Time, due bool, err error) {
	if due, err = a.Feeds.Changed(ctx, d, there.key, leaves); due || err != nil {
		return a.Now(), due, err
	}
	var listed []feed.Leaf
	var read []feedbook.Leaf
	for i := range leaves {
		row, err := a.Feeds.Leaf(ctx, there.table, &leaves[i])
		if err != nil {
			return at, false, err
		}
		if row != nil {
			listed, read = append(listed, leaves[i]), append(read, *row)
		}
	}
	off := miscounts(there.counts, listed, read, nil)
	if len(off) == 0 {
		return at, false, nil
	}
	whole, err := a.Book.Receipt(ctx, d)
	if err != nil {
		return at, false, err
	}
	if whole != nil && whole.Accepted != nil {
		off = miscounts(there.counts, listed, read, whole.Accepted.Records)
	}
	if len(off) == 0 {
		return at, false, nil
	}
	what := ""
	for _, m := range off {
		what += fmt.Sprintln(m.Stamp, m.reason())
	}
	at, err = a.Feeds.Noticed(ctx, d, what, a.Now())
	return at, err == nil, err
}

// exported is what a platform has exported of a table since a time.
type exported struct {
	table  feedbook.Table
	key    feed.Key    // that delivered windows must be of; a table by another is made anew by its next delivery
	leaves []feed.Leaf // that are complete
	counts feed.Counts

	source source.Exports
	query  source.Query // that was asked
}

func (a *Revise) exports(ctx context.Context, accountID string, spec task.Spec, since, now time.Time) (e exported, err error) {
	def, err := report.Get(spec.Report, spec.Version)
	if err != nil {
		return e, err
	}
	snapshot, err := a.Accounts.Snapshot(ctx, accountID)
	if err != nil {
		return e, err
	}
	src, err := a.Exporters.Exports(ctx, accountID, snapshot.Sources[spec.Source])
	if err != nil {
		return e, err
	}
	e.table = tableOf(accountID, spec, def)
	if e.table.Key, err = a.Holds.Key(ctx, accountID, spec.Source, def.Feed.Table, e.table.Version); err != nil {
		return e, err
	}
	if e.key = e.table.Key; def.FeedDelivery(spec.Parameters) != report.DeliveryLeaf {
		e.key = feed.AnyKey
	}
	q := source.Query{Resource: def.Resource, From: since.UnixMilli(), To: now.UnixMilli(), Now: now.UnixMilli()}
	feedQuery(&q, def, spec.Parameters)
	if e.leaves, err = src.Listed(ctx, q); err != nil {
		return e, err
	}
	e.source, e.query = src, q
	e.counts, _, err = countsFor(ctx, src, q)
	return e, err
}

func within(leaves []feed.Leaf, w timeline.Window) (in []feed.Leaf) {
	for _, l := range leaves {
		if at := l.Time(); !at.Before(w.From) && at.Before(w.To) {
			in = append(in, l)
		}
	}
	return in
}

// isFeed reports whether the task reads a feed.
func isFeed(spec task.Spec) bool {
	def, err := report.Get(spec.Report, spec.Version)
	return err == nil && def.Feed != nil
}
