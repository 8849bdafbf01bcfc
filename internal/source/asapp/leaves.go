package asapp

import (
	"context"
	"errors"
	"slices"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/source"
)

const (
	// lookBack is how many days before a window tell the shape of its leaves.
	lookBack = 2
	oneDay   = 24 * time.Hour
)

// Leaves implements source.Exports.
func (s *Source) Leaves(ctx context.Context, q source.Query) ([]feed.Leaf, error) {
	r, err := s.reading(q)
	if err != nil {
		return nil, err
	}
	if s.Schema != nil {
		if err := s.Schema.Check(ctx, r.place); err != nil {
			return nil, err
		}
	}
	cadence, err := s.cadence(ctx, r)
	if err != nil {
		return nil, err
	}
	window, listed, seen, err := s.see(ctx, r)
	if err != nil {
		return nil, err
	}
	expected := feed.Expected(window, withGone(seen, q.Delivered), cadence, s.Now())
	waits := expected.Without(q.Accepted)
	if sealed := feed.Undecodables(waits); len(sealed) > 0 {
		return nil, fault.New(fault.ConfigMissing, "%s is exported, but cannot be decoded: %w", r.place.Feed, &feed.Unmet{Waits: sealed}).WithField("credentials.decrypt").
			WithFix("add the private key that it is encrypted to to the source, then resume the run; or accept the run without it")
	}
	if len(waits) > 0 {
		return nil, s.unmet(r.place.Feed, &feed.Unmet{Waits: waits}).After(s.again(window.To))
	}
	return pick(listed, expected.Leaves), nil
}

// cadence is how often the feed is exported: what the platform says of it by now, otherwise what the catalog says.
func (s *Source) cadence(ctx context.Context, r reading) (feed.Cadence, error) {
	if s.Schema == nil {
		return r.table.Cadence, nil
	}
	if said, ok, err := s.Schema.Cadence(ctx, r.place); err != nil || ok {
		return said, err
	}
	return r.table.Cadence, nil
}

// unmet says what is waited for, and what a person may do.
func (s *Source) unmet(name string, waits *feed.Unmet) *fault.Error {
	if errors.Is(waits, feed.ErrBroken) {
		return fault.New(fault.NotReady, "%s: %s: %w", feed.ErrBroken.Error(), name, waits).
			WithFix("ask the platform to export it anew: the run goes on by itself when it has; or accept the run without it")
	}
	return fault.New(fault.NotReady, "%s is not exported yet: %w", name, waits).
		WithFix("nothing: it is looked for until the task's wait is over; or accept the run without it")
}

// withGone adds the leaves that were delivered and are there no more: platforms clear their buckets.
func withGone(seen []feed.Seen, delivered []feed.Stamp) []feed.Seen {
	there := map[feed.Stamp]bool{}
	for _, s := range seen {
		there[s.Stamp] = true
	}
	for _, s := range delivered {
		if !there[s] {
			seen = append(seen, feed.Seen{Stamp: s, State: feed.Complete})
		}
	}
	return seen
}

// Listed implements source.Exports.
func (s *Source) Listed(ctx context.Context, q source.Query) ([]feed.Leaf, error) {
	r, err := s.reading(q)
	if err != nil {
		return nil, err
	}
	listed, seen, err := s.within(ctx, r)
	return pick(listed, seen), err
}

// Exported implements source.Exports.
func (s *Source) Exported(ctx context.Context, q source.Query) (stamps []feed.Stamp, err error) {
	r, err := s.reading(q)
	if err != nil {
		return nil, err
	}
	_, seen, err := s.within(ctx, r)
	for _, l := range seen {
		stamps = append(stamps, l.Stamp)
	}
	return stamps, err
}

// within lists the leaves of a query's window, and others; seen are those of the window.
func (s *Source) within(ctx context.Context, r reading) (listed []feed.Leaf, seen []feed.Seen, err error) {
	window, listed, seen, err := s.see(ctx, r)
	return listed, slices.DeleteFunc(seen, func(l feed.Seen) bool { return l.Time().Before(window.From) || !l.Time().Before(window.To) }), err
}

// see lists the leaves that a query's window is judged by.
func (s *Source) see(ctx context.Context, r reading) (w feed.Window, listed []feed.Leaf, seen []feed.Seen, err error) {
	w = feed.Window{From: time.UnixMilli(r.From).UTC(), To: time.UnixMilli(r.To).UTC()}
	if listed, err = s.list(ctx, r.place, w); err != nil {
		return w, nil, nil, err
	}
	now := s.storeNow(listed)
	for i := range listed {
		seen = append(seen, listed[i].See(s.rules, now))
	}
	return w, listed, seen, nil
}

// list returns the leaves of the days that a window is judged by, in order.
func (s *Source) list(ctx context.Context, p feed.Place, w feed.Window) (leaves []feed.Leaf, err error) {
	days := feed.Days(ctx, s.Door, p, w.From.Add(-lookBack*oneDay), w.To.Add(oneDay))
	for l, err := range feed.Leaves(days, s.rules, nil) {
		if err != nil {
			return nil, err
		}
		leaves = append(leaves, l)
	}
	return leaves, nil
}

// storeNow is the storage's clock as far as it is seen: ours, set right by what the storage says of its
// own, and nothing before the newest time of anything listed. Of a storage that does not say, a clock of
// ours that is behind waits longer, and one that is ahead is caught by the listing that follows the
// reading.
func (s *Source) storeNow(leaves []feed.Leaf) time.Time {
	now := s.Now()
	if clock, ok := s.Door.(feed.Clocked); ok {
		now = now.Add(clock.Ahead())
	}
	for i := range leaves {
		for _, f := range leaves[i].Files {
			if f.Modified.After(now) {
				now = f.Modified
			}
		}
	}
	return now
}

// Bounds of how soon a window is looked for again.
const (
	soonest = 5 * time.Second
	latest  = time.Minute // a listing of some days costs little
)

// again is how soon it is looked for a window that ended at a time: often at first, seldom when it
// is late.
func (s *Source) again(ended time.Time) time.Duration {
	return min(max(s.Now().Sub(ended)/20, soonest), latest)
}

// pick returns the leaves that were seen of those expected.
func pick(listed []feed.Leaf, expected []feed.Seen) (leaves []feed.Leaf) {
	want := map[feed.Stamp]bool{}
	for _, e := range expected {
		want[e.Stamp] = e.State == feed.Complete
	}
	for _, l := range listed {
		if want[l.Stamp] {
			leaves = append(leaves, l)
		}
	}
	return leaves
}
