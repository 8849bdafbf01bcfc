package staging

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/least"
	"transporter/internal/source"
)

// Sorter brings records that come in any order into ascending (Order, ID), in constant
// memory: it collects some, stages them as a sorted run, and merges runs in the end if there are many.
// It is not safe for concurrent use. Exactly one of Finish and Abort ends it.
type Sorter struct {
	stage  *Stage
	prefix string
	hold   int // bytes that are collected before they are staged
	buffer *runBuffer
	runs   []contract.Ref
}

// Sorter returns an empty one whose runs lie below the prefix. It collects hold bytes at a
// time; zero: 8 MiB.
func (s *Stage) Sorter(prefix string, hold int) *Sorter {
	if hold == 0 {
		hold = runBytes
	}
	return &Sorter{stage: s, prefix: prefix, hold: hold, buffer: runBuffers.Get().(*runBuffer)}
}

// Sorted yields the records of a Sorter's runs in ascending (Order, ID), each (Order, ID)
// once: the copy fetched latest, of two fetched at once the one added later. As for Records,
// Raw is valid until the next, and the store is read a little ahead.
func (s *Stage) Sorted(ctx context.Context, runs []contract.Ref) iter.Seq2[source.Record, error] {
	return ahead(s.merge(ctx, runs, nil))
}

// Add takes one record, which is copied. It must have an ID and at most source.MaxRecord bytes, and some more.
func (s *Sorter) Add(ctx context.Context, r source.Record) error {
	if s.buffer == nil {
		return errors.New("add record: the sorter has ended")
	}
	if len(r.ID) == 0 || len(r.Raw)+len(r.ID) > maxRecord {
		return fault.New(fault.SchemaMismatch, "add record %.64q: it needs an id and at most %d bytes, it has %d",
			r.ID, maxRecord, len(r.Raw))
	}
	if s.buffer.size() > 0 && s.buffer.size()+len(r.Raw) > s.hold {
		if err := s.flush(ctx); err != nil {
			return err
		}
	}
	if len(r.Raw) > s.hold { // a run of its own: a giant is not held twice, nor kept while others come
		return s.addRun(ctx, func(dst io.Writer) error { return writeRecord(dst, r) })
	}
	s.buffer.add(r)
	return nil
}

// Finish stages what is left and returns the runs, for Sorted. There is none without records.
func (s *Sorter) Finish(ctx context.Context) ([]contract.Ref, error) {
	if s.buffer == nil {
		return nil, errors.New("finish sorting: it has ended")
	}
	if s.buffer.size() > 0 {
		if err := s.flush(ctx); err != nil {
			return nil, err
		}
	}
	for at, n := range least.Fewer(len(s.runs), maxRuns) {
		if err := s.merge(ctx, at, n); err != nil {
			return nil, err
		}
	}
	s.Abort()
	return s.runs, nil
}

// Abort gives the memory back; after Finish it does nothing. Runs that are staged stay
// unreferenced until their prefix is removed.
func (s *Sorter) Abort() {
	if s.buffer == nil {
		return
	}
	s.buffer.reset()
	if cap(s.buffer.data) <= 2*runBytes {
		runBuffers.Put(s.buffer)
	}
	s.buffer = nil
}

// flush stages what is collected as one more run.
func (s *Sorter) flush(ctx context.Context) error {
	if err := s.addRun(ctx, s.buffer.write); err != nil {
		return err
	}
	s.buffer.reset()
	return nil
}

func (s *Sorter) addRun(ctx context.Context, write func(io.Writer) error) error {
	ref, err := s.stageRun(ctx, write)
	if err == nil {
		s.runs = append(s.runs, ref)
	}
	return err
}

// merge puts one run in the place of n.
func (s *Sorter) merge(ctx context.Context, at, n int) error {
	some := s.runs[at : at+n]
	ref, err := s.stageRun(ctx, func(dst io.Writer) error {
		for record, err := range s.stage.merge(ctx, some, nil) {
			if err != nil {
				return err
			}
			if err := writeRecord(dst, record); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_ = s.stage.Remove(ctx, some...) // a failure leaves them to RemoveAll
	s.runs = slices.Replace(s.runs, at, at+n, ref)
	return nil
}

func (s *Sorter) stageRun(ctx context.Context, write func(io.Writer) error) (contract.Ref, error) {
	dst, err := s.stage.Create(ctx, s.prefix)
	if err != nil {
		return contract.Ref{}, err
	}
	defer dst.Abort()
	if err := write(dst); err != nil {
		return contract.Ref{}, fmt.Errorf("stage a sorted run: %w", err)
	}
	return dst.Commit(ctx)
}
