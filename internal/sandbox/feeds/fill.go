package feeds

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Filling says what is exported at one go.
type Filling struct {
	Tables  []string  `json:"tables"`  // nil: all
	From    time.Time `json:"from"`    // leaves by the time of their stamp
	Through time.Time `json:"through"` // excluded
	Again   int       `json:"again"`   // of a hundred leaves that are written a second time, hours later
}

// Fill exports the leaves of a filling that have ended by the clock and are not exported yet; with
// Again, some of those that are exported once are written again with changed, removed and further rows.
// Called with a later clock it goes on. What forms a leaf has follows from the seed: compressed or not,
// in splits, empty.
func (w *World) Fill(ctx context.Context, b Bucket, f Filling) error {
	leaves, err := w.leavesOf(f)
	if err != nil {
		return err
	}
	for _, again := range []bool{false, true} {
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(atOnce)
		for _, l := range leaves {
			r := draws(w.config.Seed, "again", l.Folder())
			if n := w.exports(l); again && n == 1 && chance(r, f.Again) || !again && n == 0 {
				g.Go(func() error { return w.write(ctx, b, w.drawn(l, n)) })
			}
		}
		if err := g.Wait(); err != nil {
			return err
		}
	}
	if f.Tables != nil && !slices.Contains(f.Tables, countsTable) {
		return nil
	}
	return w.fillCounts(ctx, b, f)
}

// leavesOf returns the leaves of a filling but those of counts, which say what the others have.
func (w *World) leavesOf(f Filling) (leaves []Leaf, err error) {
	for _, name := range f.Tables {
		if Find(name) == nil {
			return nil, fmt.Errorf("tables: %q is not one of the messaging feeds", name)
		}
	}
	for _, t := range Tables() {
		if f.Tables != nil && !slices.Contains(f.Tables, t.Name) || t.Name == countsTable {
			continue
		}
		for l := LeafOf(t, f.From.Add(t.Every-1)); w.due(l, f); l.At = l.At.Add(t.Every) {
			leaves = append(leaves, l)
		}
	}
	return leaves, nil
}

// due reports whether a leaf is in the filling and may be exported by now.
func (w *World) due(l Leaf, f Filling) bool {
	return l.At.Before(f.Through) && !l.End().Add(delay).After(w.config.Now())
}

// drawn is the n-th export of a leaf, in the form that is drawn for it.
func (w *World) drawn(l Leaf, n int) export {
	r := draws(w.config.Seed, "form", l.Folder(), n)
	e := first(l, w.lines(l, n)...)
	switch form := r.IntN(20); {
	case n > 0:
		e = w.anotherForm(e, r)
	case form == 0 && !l.Table.Snapshot:
		e = empty(l)
	case form < 5:
		e = e.inSplits(2+r.IntN(3), r.IntN(2))
	case form < 10:
		e.gzip = true
	}
	return e
}

// anotherForm is an export that takes the place of one: under the same names, so that nothing of that
// stays.
func (w *World) anotherForm(e export, r *rand.Rand) export {
	before := w.drawn(e.Leaf, 0)
	switch {
	case before.splits:
		e = e.inSplits(len(before.files), before.first)
	case len(before.files) > 0:
		e.gzip = before.gzip
	}
	e = e.later(muchLater + time.Duration(r.IntN(20))*time.Hour)
	if now := w.config.Now(); e.written.After(now) {
		e.written = now
	}
	return e
}

// countsTable says how many rows each export had.
const countsTable = "export_row_counts"

// fillCounts writes, for each day of the filling that is over, the counts of its leaves, where they
// differ from those that are written.
func (w *World) fillCounts(ctx context.Context, b Bucket, f Filling) error {
	for l := LeafOf(Find(countsTable), f.From.Add(Day-1)); w.due(l, f); l.At = l.At.Add(Day) {
		lines := w.countsOf(l)
		if before := w.written(l); before != nil && slices.EqualFunc(before, lines, slices.Equal[Line]) {
			continue
		}
		if err := w.write(ctx, b, first(l, lines...).later(time.Duration(w.exports(l))*muchLater)); err != nil {
			return err
		}
	}
	return nil
}

// countsOf returns the rows of a day's counts.
func (w *World) countsOf(day Leaf) (lines []Line) {
	for _, t := range Tables() {
		for _, l := range w.readable(t.Name, "1") {
			if t.Name == countsTable || l.At.Before(day.At) || !l.At.Before(day.End()) {
				continue
			}
			n := 0
			for _, f := range l.files {
				n += len(f.lines)
			}
			lines = append(lines, w.rowCount(l.Leaf, n))
		}
	}
	return lines
}
