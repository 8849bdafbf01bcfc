package activities

import (
	"context"
	"time"

	"transporter/internal/feed"
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

// reexported returns the delivered windows of a feed's task of which a leaf came late or was
// exported anew since. One listing tells.
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
	listed, err := a.listed(ctx, accountID, spec, since, now)
	if err != nil {
		return nil, err
	}
	known, err := a.known(ctx, accountID, id, since, now)
	if err != nil {
		return nil, err
	}
	for w := range windows.Due(since, now) {
		done, ok := known.done[windowKey(w.Generation, w)]
		if !ok {
			continue
		}
		changed, err := a.Feeds.Changed(ctx, done.Delivery, within(listed, w))
		if err != nil {
			return nil, err
		}
		if changed {
			checks = append(checks, check{w, spec, done, now})
		}
	}
	if len(checks) < looksAtOnce { // else the rest is found by the next pass
		err = a.Feeds.Look(ctx, accountID, id, now)
	}
	return checks, err
}

// listed returns the complete leaves since a time.
func (a *Revise) listed(ctx context.Context, accountID string, spec task.Spec, since, now time.Time) ([]feed.Leaf, error) {
	def, err := report.Get(spec.Report, spec.Version)
	if err != nil {
		return nil, err
	}
	snapshot, err := a.Accounts.Snapshot(ctx, accountID)
	if err != nil {
		return nil, err
	}
	src, err := a.Exporters.Exports(ctx, accountID, snapshot.Sources[spec.Source])
	if err != nil {
		return nil, err
	}
	q := source.Query{Resource: def.Resource, From: since.UnixMilli(), To: now.UnixMilli(), Now: now.UnixMilli()}
	feedQuery(&q, def, spec.Parameters)
	return src.Listed(ctx, q)
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
