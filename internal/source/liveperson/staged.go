package liveperson

import (
	"context"
	"hash/maphash"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// staged is one slice on its way into the sink. An answer that breaks off is dropped by begin
// and read again; the sink's own errors are kept apart, because reading again does not mend
// them.
type staged struct {
	slice   source.Slice
	sink    source.Sink
	w       source.SliceWriter
	counts  source.Counts
	seen    map[string]uint64 // the hash of each record
	one     bool              // all is of one answer: no record of it is another's later state
	failure error             // of the sink
}

// begin drops what was added and opens the slice anew; false if the sink does not let it.
func (s *staged) begin(ctx context.Context) bool {
	s.abort()
	s.counts, s.seen = source.Counts{}, map[string]uint64{}
	s.w, s.failure = s.sink.Begin(ctx, s.slice)
	return s.failure == nil
}

// answer begins and lets each add the records of one answer. What it returns is the answer's
// fault, for which the source is asked again, and never the sink's.
func (s *staged) answer(ctx context.Context, each func() error) error {
	if s.one = true; !s.begin(ctx) {
		return nil
	}
	if err := each(); s.failure == nil {
		return err
	}
	return nil
}

func (s *staged) abort() {
	if s.w != nil {
		s.w.Abort()
	}
}

// hashing tells records apart within a process.
var hashing = maphash.MakeSeed()

// add stages one record; one that is added again counts once. An answer with two records of one id is refused:
// whichever were taken, the other would be lost in silence.
func (s *staged) add(ctx context.Context, r source.Record) error {
	sum := maphash.Bytes(hashing, r.Raw)
	was, seen := s.seen[r.ID]
	switch {
	case seen && s.one && was != sum:
		return fault.New(fault.SchemaMismatch, "the answer has two different elements with the id %.80q", r.ID).
			WithFix("tell the platform's support: an id should be of one")
	case seen:
		s.counts.Duplicates++
	default:
		s.seen[r.ID] = sum
		s.counts.Total++
		s.counts.Fetched++
		s.counts.Kept++
	}
	s.failure = s.w.Add(ctx, r)
	return s.failure
}

// commit makes the slice visible, or returns why it is not whole: the sink's error before
// that of the answer.
func (s *staged) commit(ctx context.Context, calls int64, broken error) error {
	if s.failure != nil {
		return s.failure
	}
	if broken != nil {
		return broken
	}
	s.counts.Calls = calls
	return s.w.Commit(ctx, s.counts)
}
