package liveperson

import (
	"context"
	"errors"
	"slices"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// wholeTries is how often a range is read when what arrives does not agree with the
// count, before that is taken for lasting.
const wholeTries = 3

// errDrift is the cause of the fault when matches come or go while a range is read.
var errDrift = errors.New("the count moved between pages")

// readSlice reads one slice and commits it. After an error nothing of it is visible.
func (c *Client) readSlice(ctx context.Context, s search, sl source.Slice, sink source.Sink) error {
	w, err := sink.Begin(ctx, sl)
	if err != nil {
		return err
	}
	defer w.Abort()
	r := sliceReader{reader: reader{holder: holder{session: session{Client: c}}, search: s}, w: w, all: interval{sl.From, sl.To}, kept: map[string]int{}}
	defer r.settle()
	for _, g := range s.spans(sl) {
		if err := r.readRange(ctx, g); err != nil {
			return err
		}
	}
	if err := r.checkStale(sl); err != nil {
		return err
	}
	r.counts.Kept, r.counts.Calls = int64(len(r.kept)), r.calls
	return w.Commit(ctx, r.counts)
}

// sliceReader reads the ranges of one slice into its writer.
type sliceReader struct {
	reader
	w      source.SliceWriter
	all    interval       // of the slice
	kept   map[string]int // id → the last pass that staged it
	passes int
	agreed []int // the passes that agreed with the source, ascending
	counts source.Counts
}

// checkStale refuses a slice with records that only a failed pass has seen: they have left
// the window, or the source, while it was read. The next attempt begins without them.
func (r *sliceReader) checkStale(sl source.Slice) error {
	for id, pass := range r.kept {
		if _, agreed := slices.BinarySearch(r.agreed, pass); !agreed {
			return fault.New(fault.PartialData, "%ss started from %s to %s: %s left the matches while they were read",
				r.search.in().noun, clockText(sl.From), clockText(sl.To), id)
		}
	}
	return nil
}

// readRange reads a range until the distinct records received agree with the source's
// count. Pages are cut by offset, so a record that enters or leaves the matches
// meanwhile shifts the following ones across a page's edge, and one is missed or comes
// twice. A range that disagrees is read again; where the count keeps moving, in halves,
// down to single pages, which nothing can shift. What was staged in vain does no harm as
// long as it comes again: the sink keeps one copy of each id (see checkStale).
func (r *sliceReader) readRange(ctx context.Context, g span) error {
	for try := 1; ; try++ {
		counts, err := r.pass(ctx, g)
		drift := errors.Is(err, errDrift)
		switch {
		case err == nil:
			r.agreed = append(r.agreed, r.passes)
			r.counts.Total += counts.Total
			r.counts.Fetched += counts.Fetched
			r.counts.Duplicates += counts.Duplicates
			return nil
		case !drift && !fault.Is(err, fault.CountMismatch):
			return err
		case drift && try > 1:
			if a, b, ok := halve(g.start); ok {
				if err := r.readRange(ctx, span{a, g.window, g.open}); err != nil {
					return err
				}
				return r.readRange(ctx, span{b, g.window, g.open})
			}
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
// between pages, unless that can only be by new records behind those read, and
// with fault.CountMismatch when the distinct records received are not as many as the
// source counts.
func (r *sliceReader) pass(ctx context.Context, g span) (counts source.Counts, err error) {
	r.passes++
	most := r.config.Limits.PageSize
	seen := map[string]bool{}
	for offset, limit := 0, most; offset == 0 || int64(offset) < counts.Total; offset, limit = offset+limit, min(2*limit, most) {
		p, err := r.page(ctx, g, ask{offset: offset, limit: limit})
		for ; errors.Is(err, errHuge); p, err = r.page(ctx, g, ask{offset: offset, limit: limit}) {
			limit = smaller(limit) // down to single records
		}
		if err != nil {
			return counts, err
		}
		grown := p.count > counts.Total && r.search.growing(g)
		if offset > 0 && p.count != counts.Total && !grown {
			return counts, fault.New(fault.PartialData, "%ss started from %s to %s: %d matches became %d: %w",
				r.search.in().noun, clockText(g.start.from), clockText(g.start.to), counts.Total, p.count, errDrift)
		}
		counts.Total = p.count
		for n, rec := range p.records {
			if rec.place(r.all, offset+n); seen[rec.id] {
				counts.Duplicates++
			}
			seen[rec.id] = true
			if err := r.add(ctx, g, rec); err != nil {
				return counts, err
			}
		}
	}
	counts.Fetched = int64(len(seen))
	if counts.Fetched != counts.Total {
		return counts, fault.New(fault.CountMismatch,
			"%ss started from %s to %s: the source counts %d, but %d distinct ones were received (%d more than once)",
			r.search.in().noun, clockText(g.start.from), clockText(g.start.to), counts.Total, counts.Fetched, counts.Duplicates).
			WithFix("run again later; if it stays, the platform's count or its paging is wrong: tell its support")
	}
	return counts, nil
}

// add stages the record if it belongs to the range.
func (r *sliceReader) add(ctx context.Context, g span, rec record) (err error) {
	h := r.search.in()
	if rec.placed {
		return r.addPlaced(ctx, g, rec)
	}
	if rec.id == "" || rec.start < 0 || h.ended && rec.end < 0 {
		return fault.New(fault.SchemaMismatch, "a %s record has no %s in its info (id %q)", h.noun, h.needs, rec.id)
	}
	if !r.search.has(&rec, g) {
		return nil
	}
	at := r.search.at(&rec) // of the record that was matched, as the window was decided by it
	if !rec.withheld && (rec.partial || r.search.byIDs()) {
		if rec, err = r.whole(ctx, rec); err != nil {
			return err
		}
	}
	raw, err := rec.compact(&r.tight)
	if err != nil {
		return fault.New(fault.SchemaMismatch, "%s %s: %w", r.search.in().noun, rec.id, err)
	}
	r.kept[rec.id] = r.passes
	return r.w.Add(ctx, source.Record{Order: rec.start, At: at, ID: rec.id, Raw: raw, FetchedAt: r.fetched, Cut: rec.partial || rec.withheld})
}
