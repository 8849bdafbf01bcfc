package latest

import (
	"context"
	"iter"

	"transporter/internal/staging"
)

// Winners yields the winner of every key of the sets, in ascending order of keys: the row of the
// greatest rank, of equal ranks that of the greatest tag, then of the later set. It ends at the
// first error. More than 64 sets are merged into fewer first, which lie below scratch as long as
// they are read: whoever has so many for long does better to Compact them.
func Winners(ctx context.Context, stage *staging.Stage, scratch string, sets []Tagged) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		few, err := reduce(ctx, stage, scratch, sets, mostSets, Drop)
		defer few.remove(ctx)
		if err != nil {
			yield(Row{}, err)
			return
		}
		for row, err := range rows(ctx, ahead(stage.Open), few.sets, false) {
			if !yield(row, err) {
				return
			}
		}
	}
}

// Compact makes one set of many: their winners, or, with losers, every row that counts, so that
// the next best one takes over when a leaf is replaced or goes (Tagged.Without). Rows keep their
// tags. The sets themselves stay.
func Compact(ctx context.Context, stage *staging.Stage, prefix string, sets []Tagged, losers Losers) (Set, error) {
	few, err := reduce(ctx, stage, prefix, sets, mostSets, losers)
	defer few.remove(ctx)
	if err != nil {
		return Set{}, err
	}
	set, err := compact(ctx, stage, prefix, few.sets, losers)
	set.Added = 0
	for _, s := range sets {
		set.Added += s.Added
	}
	return set, err
}

// Losers says what becomes of rows that are not the winners of their keys.
type Losers bool

// What becomes of them.
const (
	Drop Losers = false // their leaves are frozen: nothing will revive them
	Keep Losers = true
)

func compact(ctx context.Context, stage *staging.Stage, prefix string, sets []Tagged, losers Losers) (Set, error) {
	p, err := fold(ctx, ahead(stage.Open), stage.CreateBlocks, prefix, sets, bool(losers))
	if err != nil {
		return Set{}, err
	}
	set := Set{Mixed: true}
	set.add(p)
	return set, nil
}
