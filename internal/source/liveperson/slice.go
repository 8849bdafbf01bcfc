package liveperson

import (
	"context"
	"errors"

	"transporter/internal/fault"
	"transporter/internal/source"
)

const (
	// wholeTries is how often a range is read when what arrives does not agree with
	// the count, before that is taken for lasting.
	wholeTries = 3
	// maxHalvings is how often a range in which things still happen is halved, so that
	// each part is read before anything moves: 2000 matches become 250, three pages.
	maxHalvings = 3
)

// errDrift is the cause of the fault when a count moves that must not.
var errDrift = errors.New("the count moved between pages")

// readSlice reads one slice and commits it. After an error nothing of it is visible.
func (c *Client) readSlice(ctx context.Context, s *search, sl source.Slice, sink source.Sink) error {
	w, err := sink.Begin(ctx, sl)
	if err != nil {
		return err
	}
	defer w.Abort()
	r := sliceReader{reader: reader{session: session{Client: c}, search: s}, w: w, kept: map[string]bool{}}
	for _, g := range s.spans(sl) {
		if err := r.readRange(ctx, g, 0); err != nil {
			return err
		}
	}
	r.counts.Kept, r.counts.Calls = int64(len(r.kept)), r.calls
	return w.Commit(ctx, r.counts)
}

// sliceReader reads the ranges of one slice into its writer.
type sliceReader struct {
	reader
	w      source.SliceWriter
	kept   map[string]bool
	counts source.Counts
}

// readRange reads a range until the distinct records received agree with the source's
// count. Pages are cut by offset, so a conversation that enters or leaves the matches
// meanwhile shifts the following ones across a page's edge, and one is missed or comes
// twice. A range that disagrees is read again; one in which things still happen is read
// in halves, which takes less time each. What was staged in vain does no harm: it
// belongs to the window, and the sink keeps one copy of each id.
func (r *sliceReader) readRange(ctx context.Context, g span, halvings int) error {
	for try := 1; ; try++ {
		counts, err := r.pass(ctx, g)
		if err == nil {
			r.counts.Total += counts.Total
			r.counts.Fetched += counts.Fetched
			r.counts.Duplicates += counts.Duplicates
			return nil
		}
		if !fault.Is(err, fault.CountMismatch) && !errors.Is(err, errDrift) {
			return err
		}
		if a, b, ok := halve(g.start); ok && try > 1 && halvings < maxHalvings && !r.search.settled(g) {
			if err := r.readRange(ctx, span{a, g.window}, halvings+1); err != nil {
				return err
			}
			return r.readRange(ctx, span{b, g.window}, halvings+1)
		}
		if try == wholeTries {
			return err
		}
		if err := r.sleep(ctx, backoff(try)); err != nil {
			return err
		}
	}
}

// pass reads all pages of a range once. It fails with errDrift when the count moves
// although nothing can happen there any more, and with fault.CountMismatch when the
// distinct records received are not as many as the source counts at the end.
func (r *sliceReader) pass(ctx context.Context, g span) (source.Counts, error) {
	limit := r.config.Limits.PageSize
	seen := map[string]bool{}
	var counts source.Counts
	for offset := 0; ; offset += limit {
		p, err := r.page(ctx, g, ask{offset: offset, limit: limit, content: r.search.Content})
		if err != nil {
			return counts, err
		}
		if offset > 0 && p.count != counts.Total && r.search.settled(g) {
			return counts, fault.New(fault.PartialData, "conversations started from %s to %s: %d matches became %d: %w",
				clockText(g.start.from), clockText(g.start.to), counts.Total, p.count, errDrift)
		}
		counts.Total = p.count
		for _, rec := range p.records {
			if seen[rec.id] {
				counts.Duplicates++
			}
			seen[rec.id] = true
			kept, err := r.add(ctx, g, rec, r.w)
			if err != nil {
				return counts, err
			}
			if kept {
				r.kept[rec.id] = true
			}
		}
		if int64(offset+limit) >= p.count {
			break
		}
	}
	counts.Fetched = int64(len(seen))
	if counts.Fetched != counts.Total {
		return counts, fault.New(fault.CountMismatch,
			"conversations started from %s to %s: the source counts %d, but %d distinct ones were received (%d more than once)",
			clockText(g.start.from), clockText(g.start.to), counts.Total, counts.Fetched, counts.Duplicates).
			WithFix("run again later; if it stays, the platform's count or its paging is wrong: tell its support")
	}
	return counts, nil
}
