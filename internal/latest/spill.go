package latest

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"transporter/internal/contract"
	"transporter/internal/least"
)

const (
	// samples of each chunk are looked at to divide the keys into ranges of about one size.
	samples = 32
	// leastRange is worth a range of its own.
	leastRange = 8 << 20
	// maxOpen bounds how many runs of a range are merged at once.
	maxOpen = 64
)

// spill stages the winners of the full chunks as one more run, all ranges at once.
func (s *Sorter) spill(ctx context.Context, create creator) error {
	s.settle.Wait()
	if len(s.runs) == 0 {
		s.bounds = s.divide()
	}
	run := make([]part, len(s.bounds)+1)
	all, ctx := errgroup.WithContext(ctx)
	for i := range run {
		all.Go(func() (err error) {
			run[i], err = s.writeRange(ctx, create, i)
			return err
		})
	}
	err := all.Wait()
	s.runs = append(s.runs, run) // also after an error: Abort removes it
	if err != nil {
		return fmt.Errorf("stage a sorted run: %w", err)
	}
	for _, c := range s.full {
		if c.reset(); cap(c.data) <= s.chunk { // a giant row's memory is not kept
			s.free = append(s.free, c)
		}
	}
	s.full, s.held = nil, 0
	return nil
}

// divide returns the bounds of ranges that are of one size in the chunks at hand. All runs have
// the same, so that each range is merged by itself. What fits in memory is divided only if it is
// worth it.
func (s *Sorter) divide() [][]byte {
	n := ranges()
	if s.held+s.chunk <= s.memory {
		n = min(n, s.held/leastRange+1)
	}
	var keys [][]byte
	for _, c := range s.full {
		step := len(c.entries)/samples + 1
		for i := 0; i < len(c.entries); i += step {
			keys = append(keys, c.keyOf(c.entries[i]))
		}
	}
	slices.SortFunc(keys, bytes.Compare)
	var bounds [][]byte
	for i := 1; i < n; i++ {
		bounds = append(bounds, bytes.Clone(keys[i*len(keys)/n]))
	}
	return slices.CompactFunc(bounds, bytes.Equal)
}

// writeRange stages the winners of one range.
func (s *Sorter) writeRange(ctx context.Context, create creator, i int) (part, error) {
	chunks := s.cut(i)
	if len(chunks) == 0 {
		return part{}, nil
	}
	w, err := newRunWriter(ctx, create, s.prefix)
	if err != nil {
		return part{}, err
	}
	defer w.dst.Abort()
	h := least.Of(chunkBefore, chunks...)
	var key []byte
	for h.Len() > 0 {
		c := h.Top()
		e := c.entries[c.at]
		if !bytes.Equal(key, c.keyOf(e)) { // keys are not empty
			key = c.keyOf(e)
			if err := w.write(c.data[e.start:e.body], s.shapes.of(e.shape), c.data[e.body:e.end]); err != nil {
				return part{}, err
			}
		}
		if c.at++; c.at < c.until {
			h.Fix()
		} else {
			h.Drop()
		}
	}
	return w.commit(ctx)
}

// cut returns views of the chunks that have rows of the range.
func (s *Sorter) cut(i int) (views []*chunk) {
	for _, c := range s.full {
		view := *c
		view.until = len(c.entries)
		if i > 0 {
			view.at = c.find(s.bounds[i-1])
		}
		if i < len(s.bounds) {
			view.until = c.find(s.bounds[i])
		}
		if view.at < view.until {
			views = append(views, &view)
		}
	}
	return views
}

// merge makes one run of all, each range by itself, and returns it.
func (s *Sorter) merge(ctx context.Context) (set Set, err error) {
	s.full, s.free = nil, nil // their memory is the merge's now
	for at, n := range least.Fewer(len(s.runs), maxOpen) {
		if err := s.mergeSome(ctx, at, n, s.stage.CreateScratch); err != nil {
			return set, err
		}
	}
	if len(s.runs) > 1 {
		if err := s.mergeSome(ctx, 0, len(s.runs), s.stage.CreateBlocks); err != nil {
			return set, err
		}
	}
	for _, run := range s.runs {
		for _, p := range run {
			set.add(p)
		}
	}
	return set, nil
}

// mergeSome puts one run in the place of n neighbours, which keeps the order in which rows were added.
func (s *Sorter) mergeSome(ctx context.Context, at, n int, create creator) error {
	merged := make([]part, len(s.bounds)+1)
	all, inner := errgroup.WithContext(ctx)
	for i := range merged {
		all.Go(func() (err error) {
			var sets []Tagged
			for _, run := range s.runs[at : at+n] {
				var set Set
				set.add(run[i])
				sets = append(sets, Tagged{Set: set})
			}
			merged[i], err = fold(inner, s.stage.OpenScratch, create, s.prefix, sets, false)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		s.drop(ctx, merged)
		return fmt.Errorf("merge sorted runs: %w", err)
	}
	for _, run := range s.runs[at : at+n] {
		s.drop(ctx, run)
	}
	s.runs = slices.Replace(s.runs, at, at+n, merged)
	return nil
}

// drop removes the objects of a run, which nothing will name. A failure leaves them to whoever
// removes the prefix.
func (s *Sorter) drop(ctx context.Context, run []part) {
	var refs []contract.Ref
	for _, p := range run {
		if p.rows > 0 {
			refs = append(refs, p.ref)
		}
	}
	_ = s.stage.Remove(context.WithoutCancel(ctx), refs...)
}
