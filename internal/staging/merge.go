package staging

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"io"
	"iter"

	"transporter/internal/contract"
	"transporter/internal/source"
)

// Records yields the records of the slices, one slice after the other, each in ascending
// (Order, ID) and each ID of a slice once: the copy fetched latest, of two fetched at once
// the one added later. The slices' keys sort in the order of their records and slices do
// not overlap (source.Slice), so the whole is ordered and without repetition too. A
// record's Raw is valid until the next. It ends at the first error; memory is that of one
// slice's open runs, at most 32. The store is read a little ahead, on another goroutine.
func (s *Stage) Records(ctx context.Context, slices []SliceCommit) iter.Seq2[source.Record, error] {
	return ahead(func(yield func(source.Record, error) bool) {
		for _, slice := range slices {
			for record, err := range s.merge(ctx, slice.Runs, slice.Moved) {
				if !yield(record, err) || err != nil {
					return
				}
			}
		}
	})
}

// merge yields the records of sorted runs in order, without repeated IDs. An ID in moved
// counts with that order only.
func (s *Stage) merge(ctx context.Context, runs []contract.Ref, moved map[string]int64) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		h, err := s.openRuns(ctx, runs)
		defer func() { h.close() }()
		last, began := source.Record{}, false
		for err == nil && len(h) > 0 {
			r := h[0].record
			order, isMoved := moved[r.ID]
			repeated := began && r.Order == last.Order && r.ID == last.ID
			if !repeated && (!isMoved || order == r.Order) {
				if !yield(r, nil) {
					return
				}
				last, began = source.Record{Order: r.Order, ID: r.ID}, true
			}
			if err = ctx.Err(); err == nil {
				err = h.advance()
			}
		}
		if err != nil {
			yield(source.Record{}, err)
		}
	}
}

// openRuns opens every run at its first record. The heap is to be closed also after an error.
func (s *Stage) openRuns(ctx context.Context, runs []contract.Ref) (runHeap, error) {
	h := make(runHeap, 0, len(runs))
	for number, ref := range runs {
		reader, err := s.openRun(ctx, ref)
		if err != nil {
			return h, err
		}
		err = reader.next()
		if errors.Is(err, io.EOF) {
			err = reader.close()
		} else {
			h = append(h, &openedRun{reader, number})
		}
		if err != nil {
			return h, err
		}
	}
	heap.Init(&h)
	return h, nil
}

type openedRun struct {
	*runReader
	number int
}

// runHeap has the run with the least record on top; of equal records first the one
// fetched later, then the one of the later run.
type runHeap []*openedRun

// advance moves the top run on, dropping it at its end.
func (h *runHeap) advance() error {
	top := (*h)[0]
	err := top.next()
	if err == nil {
		heap.Fix(h, 0)
		return nil
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	heap.Pop(h)
	return top.close()
}

func (h runHeap) close() {
	for _, run := range h {
		_ = run.close() // nothing is lost by a reader that does not close
	}
}

// Len is for package heap, as are the methods below.
func (h runHeap) Len() int { return len(h) }

// Swap is for package heap.
func (h runHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push is for package heap.
func (h *runHeap) Push(x any) { *h = append(*h, x.(*openedRun)) }

// Less orders runs by the record they are at.
func (h runHeap) Less(i, j int) bool {
	a, b := h[i], h[j]
	return cmp.Or(
		cmp.Compare(a.record.Order, b.record.Order),
		cmp.Compare(a.record.ID, b.record.ID),
		cmp.Compare(b.record.FetchedAt, a.record.FetchedAt),
		cmp.Compare(b.number, a.number)) < 0
}

// Pop is for package heap.
func (h *runHeap) Pop() any {
	old := *h
	top := old[len(old)-1]
	*h = old[:len(old)-1]
	return top
}
