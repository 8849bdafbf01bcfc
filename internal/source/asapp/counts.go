package asapp

import (
	"context"
	"errors"
	"io"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/source"
)

// countsPlace is where the platform says how many rows each export had.
var countsPlace = feed.Place{Feed: feed.CountsTable, Version: "1", Format: "jsonl"}

// Counts implements source.Exports.
func (s *Source) Counts(ctx context.Context, q source.Query) (feed.Counts, error) {
	counts := feed.Counts{}
	r, err := s.reading(q)
	if _, exported := feed.TableOf(feed.CountsTable, s.Kind); err != nil || !exported || r.place.Feed == feed.CountsTable || r.place.Version != countsPlace.Version {
		return counts, err
	}
	w := feed.Window{From: time.UnixMilli(q.From).UTC(), To: time.UnixMilli(q.To).UTC()}
	leaves, err := s.list(ctx, countsPlace, w)
	if err != nil {
		return nil, err
	}
	now, first := s.storeNow(leaves), w.From.Format(time.DateOnly)
	for _, l := range leaves {
		if state, _ := l.State(s.rules, now); state != feed.Complete || l.Date < first {
			continue
		}
		for _, f := range l.Files {
			written := l.Success.Modified
			if f.Modified.After(written) { // it was exported anew, and the flag stayed
				written = f.Modified
			}
			err := s.open(ctx, f, func(content io.Reader) error { return addCounts(counts, content, written) })
			if err != nil && !fault.Is(err, fault.PartialData) && !errors.Is(err, feed.ErrUndecodable) { // a file that cannot be read says nothing, as one that is not there
				return nil, err
			}
		}
	}
	return counts, nil
}

func addCounts(counts feed.Counts, content io.Reader, written time.Time) error {
	for line, err := range feed.Lines(content, feed.UsualLine, nil) {
		if err != nil {
			return err
		}
		counts.Add(line.Bytes, written)
	}
	return nil
}
