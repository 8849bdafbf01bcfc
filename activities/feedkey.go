package activities

import (
	"context"
	"slices"
	"time"

	"transporter/internal/contract"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/report"
)

// feedKey is what tells the rows of the plan's feed apart by now; empty: what the catalog says.
func (a *Run) feedKey(ctx context.Context, plan *Plan, def *report.Definition) (feed.Key, error) {
	return a.Holds.Key(ctx, plan.Delivery.Account, plan.Spec.Source, def.Feed.Table, def.FeedVersion(plan.Spec.Parameters))
}

// keyOf is the key of the state that a window brings: what it was brought by, or that by now.
func (a *Run) keyOf(ctx context.Context, plan *Plan, place *feedbook.Place, def *report.Definition) (feed.Key, error) {
	if place.Own != nil {
		return place.Own.Key, nil
	}
	return a.feedKey(ctx, plan, def)
}

// keyed gives a rendering the leaves of the window, and those of the table before it, by the key that
// tells its rows apart by now. After an operator released another key all of them are read again, or
// made of the rows that are kept where the platform has removed them.
func (a *Run) keyed(ctx context.Context, plan *Plan, r *rendering, fetched *FetchIndex, pulse *pulse) error {
	if r.table == nil {
		if len(fetched.Leaves) > 0 {
			r.job.Key = fetched.Leaves[0].Key
		}
		return nil
	}
	base := &r.table.Base
	r.job.Key, r.job.EarlierKey = r.key, base.Key
	if r.table.Own != nil || byKey(fetched.Leaves, r.key) && r.key == base.Key || plan.looks() && base.Has(fetched.Leaves) && !r.tells {
		return nil
	}
	q, err := questionOf(plan, a.Now())
	if err != nil {
		return err
	}
	return a.withLineRoom(ctx, func(room func(bytes int64) error) error {
		q.query.Room = room
		return a.readAgain(ctx, plan, q, r, fetched, pulse)
	})
}

// readAgain makes the leaves of the window, and of the table before it where its key is another, leaves by the rendering's key.
func (a *Run) readAgain(ctx context.Context, plan *Plan, q question, r *rendering, fetched *FetchIndex, pulse *pulse) error {
	reader, err := a.feedReader(ctx, plan, q, r.key, pulse)
	if err != nil {
		return err
	}
	if !byKey(fetched.Leaves, r.key) {
		leaves, _, err := reader.again(ctx, feedbook.Prints(fetched.Leaves))
		if err != nil {
			return err
		}
		fetched.Leaves = leaves
	}
	if base := &r.table.Base; r.key != base.Key {
		r.anew, r.worse, err = reader.again(ctx, base.Prints())
	}
	return err
}

// byKey reports whether all leaves have their rows told apart by the key.
func byKey(leaves []feedbook.Leaf, key feed.Key) bool {
	return !slices.ContainsFunc(leaves, func(l feedbook.Leaf) bool { return l.Key != key })
}

// again returns leaves by the reader's key that were told apart by another, and which of them have bad
// lines that they had not. Those that the platform has still as they were read are read again.
func (r *feedReader) again(ctx context.Context, prints []feedbook.Print) (leaves, worse []feedbook.Leaf, err error) {
	if len(prints) == 0 {
		return nil, nil, nil
	}
	slices.SortFunc(prints, func(a, b feedbook.Print) int { return a.Compare(b.Stamp) })
	q := r.query
	q.From, q.To = prints[0].Time().UnixMilli(), prints[len(prints)-1].Time().Add(time.Millisecond).UnixMilli()
	listed, err := r.src.Listed(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	there := map[feed.Stamp]*feed.Leaf{}
	for i := range listed {
		there[listed[i].Stamp] = &listed[i]
	}
	for _, p := range prints {
		row, err := r.anew(ctx, p, there[p.Stamp])
		if err != nil {
			return nil, nil, err
		}
		was, err := r.Feeds.Kept(ctx, r.table, p)
		if err != nil {
			return nil, nil, err
		}
		if leaves = append(leaves, *row); was != nil && row.Bad > was.Bad {
			worse = append(worse, *row)
		}
		r.pulse.move(func(c *contract.Cursor) { c.Records += row.Lines })
	}
	return leaves, worse, nil
}

// anew returns one leaf by the reader's key. What was exported anew since is delivered as the revision of
// its window, and is none of this.
func (r *feedReader) anew(ctx context.Context, p feedbook.Print, listed *feed.Leaf) (*feedbook.Leaf, error) {
	if listed != nil && listed.Print() == p.Print {
		return r.leaf(ctx, listed)
	}
	was, err := r.Feeds.Kept(ctx, r.table, p)
	if err == nil && was != nil && was.Rows.Giant > 0 {
		err = r.query.Room(was.Rows.Giant)
	}
	if err != nil {
		return nil, err
	}
	again, err := r.src.Again(r.query)
	if err != nil {
		return nil, err
	}
	return r.Feeds.Rekey(ctx, r.table, p, again)
}
