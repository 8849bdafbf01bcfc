package staging

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"

	"transporter/internal/contract"
	"transporter/internal/least"
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
		defer h.close()
		last, began := source.Record{}, false
		var raw []byte
		for err == nil && h.Len() > 0 {
			r := h.Top().record
			order, isMoved := moved[r.ID]
			repeated := began && r.Order == last.Order && r.ID == last.ID
			if !repeated && (!isMoved || order == r.Order) {
				if raw, err = h.Top().raw(raw); err != nil {
					break
				}
				r.Raw = raw
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

// runHeap has the run with the least record on top; of equal records first the one fetched later,
// then the one of the later run.
type runHeap struct{ *least.Heap[*openedRun] }

type openedRun struct {
	*runReader
	number int
}

// openRuns opens every run at its first record. The heap is to be closed also after an error.
func (s *Stage) openRuns(ctx context.Context, runs []contract.Ref) (runHeap, error) {
	var opened []*openedRun
	var failed error
	for number, ref := range runs {
		reader, err := s.openRun(ctx, ref)
		if err != nil {
			failed = err
			break
		}
		err = reader.next()
		if errors.Is(err, io.EOF) {
			err = reader.close()
		} else {
			opened = append(opened, &openedRun{reader, number})
		}
		if err != nil {
			failed = err
			break
		}
	}
	return runHeap{least.Of(before, opened...)}, failed
}

// before orders runs by the record they are at.
func before(a, b *openedRun) bool {
	return cmp.Or(
		cmp.Compare(a.record.Order, b.record.Order),
		cmp.Compare(a.record.ID, b.record.ID),
		cmp.Compare(b.record.FetchedAt, a.record.FetchedAt),
		cmp.Compare(b.number, a.number)) < 0
}

// advance moves the top run on, dropping it at its end.
func (h runHeap) advance() error {
	top := h.Top()
	err := top.next()
	if err == nil {
		h.Fix()
		return nil
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	h.Drop()
	return top.close()
}

func (h runHeap) close() {
	for _, run := range h.All() {
		_ = run.close() // nothing is lost by a reader that does not close
	}
}
