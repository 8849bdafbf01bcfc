package liveperson

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"transporter/internal/fault"
)

// partialTries is how often an answer from which shards are missing is asked for, and a record that
// is cut.
const partialTries = 3

// reader reads records of one search; it belongs to one goroutine. Buffers are re-used from
// page to page.
type reader struct {
	holder
	search  search
	buf     bytes.Buffer // the page
	byID    bytes.Buffer // a record read again by its id
	tight   bytes.Buffer // a record without white space
	fetched int64        // when the page was read
}

// ask is one page of a search.
type ask struct {
	offset, limit int
	heads         bool // only the count is wanted, of records as little as there is
}

// page reads one page. An answer from which shards are missing is asked for again and
// then fault.PartialData.
func (r *reader) page(ctx context.Context, g span, a ask) (page, error) {
	h := r.search.in()
	body, err := r.search.body(g, a)
	if err != nil {
		return page{}, err
	}
	req := request{
		api: h.api, method: http.MethodPost, path: r.path(h.path),
		query: r.search.query(r.config.Caller, a.offset, a.limit), body: body,
	}
	r.settle()
	for try := 1; ; try++ {
		p, err := r.post(ctx, req, &r.buf, sought{alone: a.limit == 1})
		if err != nil {
			return page{}, err
		}
		if p.count == absent {
			return page{}, fault.New(fault.Upstream, "%s: the answer has no _metadata.count", h.title)
		}
		if !p.partial {
			r.fetched = r.now().UnixMilli()
			return p, nil
		}
		if try == partialTries {
			return page{}, fault.New(fault.PartialData, "%s: page at offset %d of the %ss started from %s is partial, %d tries",
				h.title, a.offset, h.noun, clockText(g.start.from), try).
				WithFix("nothing: parts of the platform's search are down, the run goes on when they are back")
		}
		if err := r.sleep(ctx, backoff(try)); err != nil {
			return page{}, err
		}
	}
}

// sought is what an answer is read for.
type sought struct {
	alone bool   // one record: no shorter answer has it, so that one that is too long is read past
	id    string // of that record; empty: whichever comes
}

// post sends the search and parses the answer into buf's memory.
func (r *reader) post(ctx context.Context, req request, buf *bytes.Buffer, what sought) (p page, err error) {
	records := r.search.in().records
	var past func(io.Reader) error
	if what.alone {
		past = func(body io.Reader) (err error) {
			p, err = skimPage(body, records, what.id)
			return err
		}
	}
	err = r.hold(ctx, req, buf, func(body []byte) (err error) {
		if p = (page{}); body != nil { // without: nothing matches
			p, err = parsePage(body, records)
		}
		return err
	}, past)
	return p, err
}

// settle gives back what a large page took, when its records are staged.
func (r *reader) settle() { r.holder.settle(&r.buf, &r.byID, &r.tight) }

// whole returns a record that the API has cut, read again by its id, which is not cut. One that is,
// also after some tries, is returned as it is: reports refuse it by its mark.
func (r *reader) whole(ctx context.Context, cutOff record) (record, error) {
	for try := 1; ; try++ {
		full, there, err := r.again(ctx, cutOff)
		switch {
		case err != nil:
			return record{}, err
		case there && (!full.partial || try == partialTries):
			full.start = cutOff.start // the order and the slice were decided by it
			return full, nil
		case try == partialTries:
			h := r.search.in()
			return record{}, fault.New(fault.PartialData, "%s %s was found, and is not there when it is read by its id, %d tries", h.noun, cutOff.id, try).
				WithFix("nothing: the run is tried again")
		}
		if err := r.sleep(ctx, backoff(try)); err != nil {
			return record{}, err
		}
	}
}

// again reads a record by its id; false for an answer from which it may be missing.
func (r *reader) again(ctx context.Context, cutOff record) (record, bool, error) {
	h := r.search.in()
	body, err := r.search.whole(cutOff)
	if err != nil {
		return record{}, false, err
	}
	q := r.search.query(r.config.Caller, 0, r.config.Limits.PageSize)
	q.Del("sort")
	p, err := r.post(ctx, request{
		api: h.api, method: http.MethodPost, path: r.path(h.byID), query: q, body: body,
	}, &r.byID, sought{alone: true, id: cutOff.id})
	if err != nil {
		return record{}, false, err
	}
	i := slices.IndexFunc(p.records, func(rec record) bool { return rec.id == cutOff.id })
	if i < 0 || p.partial {
		return record{}, false, nil
	}
	return p.records[i], true, nil
}

// clockText writes a time for people.
func clockText(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }

func (c *Client) path(pattern string) string {
	return strings.ReplaceAll(pattern, "{account}", c.config.PlatformAccount)
}
