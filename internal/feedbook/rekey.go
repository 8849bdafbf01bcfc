package feedbook

import (
	"context"
	"strings"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/human"
	"transporter/internal/latest"
	"transporter/internal/source"
)

// Again gives a row of a leaf once more with what it is told apart by in another table (source.Exports).
type Again func(at feed.Stamp, row source.Record) source.Record

// Why is why a leaf is not read again by another key, as its ledger row says.
type Why string

// What has become of a leaf whose rows are told apart anew.
const (
	Removed     Why = "the platform has removed it, or it is not whole now"
	Replaced    Why = "the platform has exported it anew"
	Undecodable Why = "the source has no key for it any more"
	Damaged     Why = "a file of it is damaged now"
)

// Rekey makes a leaf of the table of one whose rows were told apart by another key, and writes its ledger
// row under the fingerprint: of what cannot be read again nothing else is left than the rows that are kept.
// Those that gave way to another of their former key are not among them. A row that cannot be told apart
// is a bad line from then on, by its place.
func (b *Book) Rekey(ctx context.Context, t Table, p Print, why Why, again Again) (*Leaf, error) {
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
	row.Print, row.Retired, row.Former = p.Print, time.Time{}, was.Repeated()
	row.Notes = append(row.Notes[:len(row.Notes):len(row.Notes)], rekeyed(row.Former, why))
	return b.write(ctx, t, row, func(add func(context.Context, source.Record) error) (source.LeafCounts, error) {
		return b.give(ctx, was, again, add)
	})
}

// rekeyed says what the rows of a leaf are, and how many are not among them.
func rekeyed(former int64, why Why) string {
	note := "told apart anew from the rows that were kept of it: " + string(why)
	if former > 0 {
		note += "; not among them: " + human.Count(former, "row") + " that had given way by the former key"
	}
	return note
}

// give gives the bad lines and the rows of a leaf once more.
func (b *Book) give(ctx context.Context, was *Leaf, again Again, add func(context.Context, source.Record) error) (source.LeafCounts, error) {
	counts := was.LeafCounts
	counts.Lines, counts.Bad = was.Repeated(), 0
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
