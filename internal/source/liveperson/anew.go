package liveperson

import (
	"context"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// anew reads a slice and commits it, again where something was missing. Each reading has a writer of
// its own: what only one in vain has seen is in no slice.
func (s *session) anew(ctx context.Context, sl source.Slice, sink source.Sink, read func(source.SliceWriter) (source.Counts, error)) error {
	for try := 1; ; try++ {
		err := s.readOnce(ctx, sl, sink, read)
		if err == nil || try == wholeTries || !fault.Is(err, fault.CountMismatch) && !fault.Is(err, fault.PartialData) {
			return err
		}
		if err := s.sleep(ctx, backoff(try)); err != nil {
			return err
		}
	}
}

func (s *session) readOnce(ctx context.Context, sl source.Slice, sink source.Sink, read func(source.SliceWriter) (source.Counts, error)) error {
	w, err := sink.Begin(ctx, sl)
	if err != nil {
		return err
	}
	defer w.Abort()
	counts, err := read(w)
	if err != nil {
		return err
	}
	counts.Calls = s.calls
	return w.Commit(ctx, counts)
}
