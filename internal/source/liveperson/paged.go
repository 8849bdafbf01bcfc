package liveperson

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/source/liveperson/answer"
)

// paged is an API that answers a GET for a span of time with pages of one array, by offset
// and limit, and with links of which next is missing on the last page.
type paged struct {
	api
	path    string
	array   string        // member of the answer that holds the records
	limit   int           // the most records a page may have
	span    time.Duration // the longest that is asked for at once
	counted bool          // the answer says how many elements there are
	query   func(from, to int64) url.Values
	records recordsOf
}

// recordsOf gives what one element holds, and returns what identifies the element.
type recordsOf func(raw []byte, give func(source.Record) error) (id string, err error)

// resource makes the API one that can be read: a slice for each span that it answers.
func (a paged) resource() resource {
	return resource{
		api: a.api,
		begin: func(c *Client, q source.Query) (reading, error) {
			if q.From >= q.To {
				return reading{}, fault.New(fault.InvalidSpec, "the window %d to %d is empty", q.From, q.To).WithField("window")
			}
			return reading{
				cut: func(context.Context) ([]source.Slice, error) { return a.cut(q.From, q.To), nil },
				read: func(ctx context.Context, sl source.Slice, sink source.Sink) error {
					return c.readPaged(ctx, a, sl, sink)
				},
			}, nil
		},
		probe: func(ctx context.Context, c *Client) error {
			to := c.now().UnixMilli()
			r := pagedReader{holder: holder{session: session{Client: c}}, paged: a}
			defer r.settle(&r.buf)
			_, err := r.page(ctx, interval{to - grainMillis, to}, 0, 1)
			return err
		},
	}
}

func (a paged) cut(from, to int64) (list []source.Slice) {
	for _, i := range cut(interval{from, to}, a.span) {
		list = append(list, source.Slice{Key: contract.Span{From: i.from, To: i.to}.String(), From: i.from, To: i.to})
	}
	return list
}

// readPaged reads all pages of a slice, span by span where the API answers less at once.
func (c *Client) readPaged(ctx context.Context, a paged, sl source.Slice, sink source.Sink) error {
	r := pagedReader{holder: holder{session: session{Client: c}}, paged: a}
	defer r.settle(&r.buf)
	return r.anew(ctx, sl, sink, func(w source.SliceWriter) (sum source.Counts, err error) {
		r.w = w
		for _, i := range cut(interval{sl.From, sl.To}, a.span) {
			counts, err := r.pass(ctx, i)
			if err != nil {
				return sum, err
			}
			sum.Total, sum.Fetched = sum.Total+counts.Total, sum.Fetched+counts.Fetched
			sum.Kept, sum.Duplicates = sum.Kept+counts.Kept, sum.Duplicates+counts.Duplicates
		}
		return sum, nil
	})
}

// pagedReader reads the pages of one slice. The buffer is re-used from page to page.
type pagedReader struct {
	holder
	paged
	w   source.SliceWriter
	buf bytes.Buffer
}

// pagedAnswer is one answer; the elements point into the reader's buffer.
type pagedAnswer struct {
	count    int64 // absent where the answer names none
	more     bool  // there is a link to a next page
	partial  bool  // shards failed: elements are missing
	elements [][]byte
	sum      string // of the only element, where that is too long to be held: its bytes are not there
}

// pass reads every page once. Where the API counts, the distinct elements received must be
// as many, which makes the records that they hold the total; everywhere a page that is not the last
// must be full, or records are missing. An element that comes again is counted once; the sink keeps
// one copy of its records. A page that is too long to be held is read in smaller ones, down to one element.
func (r *pagedReader) pass(ctx context.Context, i interval) (counts source.Counts, err error) {
	seen, kept, total := map[string]bool{}, map[string]bool{}, int64(0)
	for offset, limit := 0, r.limit; ; offset, limit = offset+limit, min(2*limit, r.limit) {
		p, err := r.page(ctx, i, offset, limit)
		for ; errors.Is(err, errHuge); p, err = r.page(ctx, i, offset, limit) {
			limit = smaller(limit)
		}
		if err != nil {
			return counts, err
		}
		for n, raw := range p.elements {
			records := r.records
			if raw == nil {
				records = placed(i, offset, p.sum)
			}
			if err := r.add(ctx, i, raw, records, seen, kept, &counts); err != nil {
				return counts, fmt.Errorf("element %d of the page at offset %d: %w", n, offset, err)
			}
		}
		if p.count != absent {
			total = p.count
		}
		if p.more && len(p.elements) >= limit {
			continue
		}
		if p.more {
			return counts, fault.New(fault.PartialData, "%s: the page at offset %d has %d records and is not the last", r.title, offset, len(p.elements)).
				WithFix("nothing: the run is tried again")
		}
		if have := int64(len(seen)); r.counted && total != have {
			return counts, fault.New(fault.CountMismatch, "%s: the source counts %d records, %d distinct ones were received (%d more than once)",
				r.title, total, have, counts.Duplicates).
				WithFix("run again later; if it stays, the platform's count or its paging is wrong: tell its support")
		}
		counts.Total, counts.Kept = counts.Fetched, int64(len(kept))
		return counts, nil
	}
}

// add stages what an element holds, as far as it lies in the span: bounds of these APIs
// are both included, and windows share none.
func (r *pagedReader) add(ctx context.Context, i interval, raw []byte, records recordsOf, seen, kept map[string]bool, counts *source.Counts) error {
	fetched, held := r.now().UnixMilli(), int64(0)
	id, err := records(raw, func(rec source.Record) error {
		held++
		if !i.has(rec.At) {
			return nil
		}
		kept[rec.ID] = true
		rec.FetchedAt = fetched
		return r.w.Add(ctx, rec)
	})
	if seen[id] {
		counts.Duplicates += held
	} else {
		counts.Fetched += held
	}
	seen[id] = true
	return err
}

// page asks for one page.
func (r *pagedReader) page(ctx context.Context, i interval, offset, limit int) (p pagedAnswer, err error) {
	q := r.query(i.from, i.to)
	q.Set("source", r.config.Caller)
	q.Set("offset", strconv.Itoa(offset))
	q.Set("limit", strconv.Itoa(limit))
	req := request{api: r.api, method: http.MethodGet, path: r.Client.path(r.path), query: q}
	var past func(io.Reader) error
	if limit == 1 {
		past = func(body io.Reader) error {
			p = pagedAnswer{count: absent}
			return p.skim(r.array, body)
		}
	}
	r.settle(&r.buf)
	err = r.hold(ctx, req, &r.buf, func(body []byte) error {
		p = pagedAnswer{count: absent}
		if body == nil && offset > 0 {
			return fault.New(fault.PartialData, "%s: the page at offset %d is not there, and the one before leads to it", r.title, offset).
				WithFix("nothing: the run is tried again")
		}
		if body == nil {
			return nil // 204: nothing there
		}
		return p.parse(answer.Shape{Array: r.array}, body)
	}, past)
	if err == nil && r.counted && p.count == absent && len(p.elements) > 0 {
		err = fault.New(fault.Upstream, "%s: the answer has no count", r.title)
	}
	return p, err
}

// parse cuts the body into elements. Unknown members are passed over; one that says that there are none may be
// without its list.
func (p *pagedAnswer) parse(shape answer.Shape, body []byte) error {
	s := scanner{b: body}
	err := s.object(func(key []byte) error {
		switch name := string(key); {
		case name == "_metadata" || name == "metadata" || name == "pagination":
			raw, err := s.value()
			if err != nil {
				return err
			}
			return p.paging(raw)
		case shape.Within == "":
			return p.list(&s, key, shape.Array)
		case name == shape.Within && s.peek() == '{':
			return s.object(func(key []byte) error { return p.list(&s, key, shape.Array) })
		}
		return s.skip()
	})
	if err == nil && p.elements == nil && p.count != 0 {
		err = fmt.Errorf("the answer has no %s", shape.Array)
	}
	if err != nil {
		return err
	}
	return s.end()
}

func (p *pagedAnswer) list(s *scanner, key []byte, array string) error {
	if string(key) != array || s.peek() == 'n' {
		return s.skip()
	}
	if p.elements == nil {
		p.elements = [][]byte{} // the list is there
	}
	return s.array(func() error {
		raw, err := s.value()
		p.elements = append(p.elements, raw)
		return err
	})
}

func (p *pagedAnswer) paging(raw []byte) error {
	var meta struct {
		Count      *int64 `json:"count"`
		References []struct {
			Rel string `json:"rel"`
		} `json:"references"`
		ShardsStatusResult struct {
			PartialResult bool `json:"partialResult"`
		} `json:"shardsStatusResult"`
	}
	if err := json.Unmarshal(raw, &meta); err != nil {
		return err
	}
	if meta.Count != nil {
		p.count = *meta.Count
	}
	p.partial = meta.ShardsStatusResult.PartialResult
	for _, ref := range meta.References {
		p.more = p.more || ref.Rel == "next"
	}
	return nil
}
