package activities

import (
	"context"
	"iter"
	"slices"

	"transporter/internal/contract"
	"transporter/internal/feedbook"
	"transporter/internal/latest"
	"transporter/internal/report"
	"transporter/internal/source"
)

// feedRows gives the renderer the rows that a window of a feed delivers: the lines that could not
// be read first, so that none is overlooked, then rows in the order of their keys.
type feedRows struct {
	*Run

	delivery string // report.DeliveryChanges, …
	leaves   []feedbook.Leaf
	worse    []feedbook.Leaf // rendering.worse
	was, now []latest.Tagged // the table before and after; of DeliveryLeaf neither
	scratch  string
	pulse    *pulse
	given    int64 // records, in the last reading
}

// Records implements transform.Inputs.
func (f *feedRows) Records(ctx context.Context, _ string) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		f.given = 0
		give := func(r source.Record, err error) bool {
			if f.given++; f.given%countStep == 0 {
				f.pulse.move(func(c *contract.Cursor) { c.Records = f.given })
			}
			return yield(r, err)
		}
		if f.delivery == report.DeliveryLeaf {
			f.byLeaf(ctx, give)
			return
		}
		if !f.badLines(ctx, give) {
			return
		}
		if f.delivery == report.DeliverySnapshot {
			f.winners(ctx, give)
			return
		}
		f.changes(ctx, give, func(c latest.Change) *latest.Row { return c.Now })
	}
}

// byLeaf gives each leaf by itself; Order numbers them.
func (f *feedRows) byLeaf(ctx context.Context, yield func(source.Record, error) bool) {
	for i := range f.leaves {
		for r, err := range f.Stage.Sorted(ctx, f.leaves[i].BadLines) {
			if r.Order = int64(i); !yield(r, err) || err != nil {
				return
			}
		}
		for row, err := range latest.Read(ctx, f.Stage, f.leaves[i].Rows) {
			if !yield(recordOf(&row, int64(i)), err) || err != nil {
				return
			}
		}
	}
}

// badLines gives those of the window, and of leaves of the table before that are worse by now, in the
// order of the leaves; false ends the reading. Of a leaf that is in both the window's counts.
func (f *feedRows) badLines(ctx context.Context, yield func(source.Record, error) bool) bool {
	all := slices.Concat(f.leaves, f.worse)
	byStamp := func(a, b feedbook.Leaf) int { return a.Compare(b.Stamp) }
	slices.SortStableFunc(all, byStamp)
	for _, l := range slices.CompactFunc(all, func(a, b feedbook.Leaf) bool { return byStamp(a, b) == 0 }) {
		for r, err := range f.Stage.Sorted(ctx, l.BadLines) {
			if !yield(r, err) || err != nil {
				return false
			}
		}
	}
	return true
}

func (f *feedRows) winners(ctx context.Context, yield func(source.Record, error) bool) {
	for row, err := range latest.Winners(ctx, f.Stage, f.scratch, f.now) {
		if !yield(recordOf(&row, 0), err) || err != nil {
			return
		}
	}
}

// changes gives one side of what differs between the two tables.
func (f *feedRows) changes(ctx context.Context, yield func(source.Record, error) bool, side func(latest.Change) *latest.Row) {
	for c, err := range latest.Changes(ctx, f.Stage, f.scratch, f.was, f.now) {
		if err != nil {
			yield(source.Record{}, err)
			return
		}
		if row := side(c); row != nil && !yield(recordOf(row, 0), nil) {
			return
		}
	}
}

func recordOf(row *latest.Row, order int64) source.Record {
	return source.Record{Order: order, ID: string(row.Key), Raw: row.Raw}
}

// feedBefore gives the rows that are no more, or no more so: the other side of the changes.
type feedBefore struct{ *feedRows }

// Records implements transform.Inputs.
func (f feedBefore) Records(ctx context.Context, _ string) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		f.changes(ctx, yield, func(c latest.Change) *latest.Row { return c.Was })
	}
}
