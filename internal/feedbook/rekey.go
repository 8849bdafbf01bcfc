package feedbook

import (
	"context"
	"strings"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/latest"
	"transporter/internal/source"
)

// Again gives a row of a leaf once more with what it is told apart by in another table (source.Exports).
type Again func(at feed.Stamp, row source.Record) source.Record

// Rekey makes a leaf of the table of one whose rows were told apart by another key, and writes its ledger
// row under the fingerprint: of what the platform has removed nothing else is left than the rows that are kept.
// Those that gave way to another of their former key are not among them. A row that cannot be told apart
// is a bad line from then on, by its place.
func (b *Book) Rekey(ctx context.Context, t Table, p Print, again Again) (*Leaf, error) {
	has, err := b.generations(ctx, t, p.Stamp)
	if err != nil {
		return nil, err
	}
	if row := find(has, p.Print); row != nil {
		return row, nil
	}
	was, err := b.Kept(ctx, t, p)
	if err == nil && was == nil {
		err = fault.New(fault.Corrupt, "the rows of %s are gone", p.Stamp).WithFix("look for what has removed objects of the store; reset the task to begin a new table")
	}
	if err != nil {
		return nil, err
	}
	row := *was
	row.Print, row.Retired = p.Print, time.Time{}
	row.Notes = append(row.Notes[:len(row.Notes):len(row.Notes)], "told apart anew from the rows that were kept of it: the platform has removed it")
	return b.write(ctx, t, row, func(add func(context.Context, source.Record) error) (source.LeafCounts, error) {
		return b.give(ctx, was, again, add)
	})
}

// give gives the bad lines and the rows of a leaf once more.
func (b *Book) give(ctx context.Context, was *Leaf, again Again, add func(context.Context, source.Record) error) (source.LeafCounts, error) {
	counts := was.LeafCounts
	counts.Lines, counts.Bad = 0, 0
	give := func(r source.Record) error {
		counts.Lines++
		if strings.HasPrefix(r.ID, source.BadPrefix) {
			counts.Bad++
		}
		return add(ctx, r)
	}
	for r, err := range b.stage.Sorted(ctx, was.BadLines) {
		if err == nil {
			err = give(r)
		}
		if err != nil {
			return counts, err
		}
	}
	for row, err := range latest.Read(ctx, b.stage, was.Rows) {
		if err != nil {
			return counts, err
		}
		if err := give(again(was.Stamp, source.Record{Rank: string(row.Rank), Raw: row.Raw})); err != nil {
			return counts, err
		}
	}
	return counts, nil
}
