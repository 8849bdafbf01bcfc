package liveperson

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/source/liveperson/answer"
)

// roster is a list that is read page by page, as it is at this moment: its members come and go
// meanwhile.
type roster struct {
	api
	path     string
	metadata string // the member with the count
	shape    answer.Shape
	limit    int
	most     int // entries are shown in all; zero: no bound
	step     int64
	body     func(w *liveWindow) any
}

// past says that it is about the window, which must be over; else it is about now.
func (m roster) past() bool { return m.shape.Of == answer.Window }

// rosterTries is how often a list that changed between its pages is read.
const rosterTries = 3

// resource makes the list one that can be read.
func (m roster) resource() resource {
	return resource{
		api: m.api,
		begin: func(c *Client, q source.Query) (reading, error) {
			w, err := newLiveWindow(c, q, m.step)
			if err == nil && m.past() {
				err = w.recent()
			}
			return reading{inOnePiece, func(ctx context.Context, sl source.Slice, sink source.Sink) error {
				return c.readRoster(ctx, m, &w, sl, sink)
			}}, err
		},
		probe: func(ctx context.Context, c *Client) error {
			to := c.now().UnixMilli() / bucketMillis * bucketMillis
			r := rosterReader{holder: holder{session: session{Client: c}}, roster: m}
			defer r.settle(&r.buf)
			body, err := json.Marshal(m.body(&liveWindow{interval: interval{to - bucketMillis, to}}))
			if err == nil {
				_, _, err = r.page(ctx, body, 0, 1)
			}
			return err
		},
	}
}

// recent refuses a window that is not over, or that began more than 24 hours ago.
func (w *liveWindow) recent() error {
	now := w.clock()
	if w.to > now {
		return fault.New(fault.NotReady, "the window ends at %s, which is not over", clockText(w.to))
	}
	return w.oldest(now - lookBackMillis)
}

// readRoster reads all pages into one slice. Records and the list's own count must agree at
// the end; a list that changes all the time is fault.CountMismatch.
func (c *Client) readRoster(ctx context.Context, m roster, w *liveWindow, sl source.Slice, sink source.Sink) error {
	if m.past() {
		if err := w.recent(); err != nil {
			return err
		}
	}
	r, st := rosterReader{holder: holder{session: session{Client: c}}, roster: m}, staged{slice: sl, sink: sink}
	defer r.settle(&r.buf)
	defer st.abort()
	for try := 1; ; try++ {
		if !st.begin(ctx) {
			return st.failure
		}
		count, err := r.pages(ctx, w, &st)
		switch {
		case err != nil || st.failure != nil || st.counts.Fetched == count:
			return st.commit(ctx, r.calls, err)
		case try == rosterTries:
			return fault.New(fault.CountMismatch, "%s: %d of %d entries came, %d tries", m.title, st.counts.Fetched, count, try).
				WithFix("resume the run: the list changed while it was read")
		}
		if err := r.sleep(ctx, backoff(try)); err != nil {
			return err
		}
	}
}

// rosterReader reads the pages of one list. The buffer is re-used from page to page, and elements point into it.
type rosterReader struct {
	holder
	roster
	buf bytes.Buffer
}

// pages reads all of them once, those that are too long to be held in smaller ones.
func (r *rosterReader) pages(ctx context.Context, w *liveWindow, st *staged) (count int64, err error) {
	at := w.clock()
	body, err := json.Marshal(r.body(w))
	if err != nil {
		return 0, err
	}
	for offset, limit := 0, r.limit; ; offset, limit = offset+limit, min(2*limit, r.limit) {
		page, by, err := r.page(ctx, body, offset, limit)
		for ; errors.Is(err, errHuge) && limit > 1; page, by, err = r.page(ctx, body, offset, limit) {
			limit = smaller(limit)
		}
		if errors.Is(err, errHuge) {
			err = r.tooLong(fmt.Sprintf("the answer about entry %d alone", offset), hugePage)
		}
		if err != nil {
			return count, err
		}
		if count = page.count; r.most > 0 && count > int64(r.most) {
			return count, fault.New(fault.InvalidSpec, "%s: there are %d entries, and it shows %d", r.title, count, r.most).
				WithField("parameters").WithFix("make tasks for parts of the account, by group_ids or skill_ids")
		}
		for _, raw := range page.elements {
			if err := r.stage(ctx, st, by, raw, at, w); err != nil {
				return count, err
			}
		}
		if int64(offset+limit) >= count || len(page.elements) == 0 {
			return count, nil
		}
	}
}

func (m roster) stage(ctx context.Context, st *staged, by *answer.Request, raw []byte, at int64, w *liveWindow) error {
	rec, err := m.shape.Record(raw, answer.Asked{At: at, From: w.from, To: w.to, Request: by})
	if err != nil {
		return bodyFault(m.title, err)
	}
	return st.add(ctx, rec)
}

// page asks for one page.
func (r *rosterReader) page(ctx context.Context, body []byte, offset, limit int) (p pagedAnswer, by *answer.Request, err error) {
	req := request{
		api: r.api, method: http.MethodPost, path: r.Client.path(r.path), body: body,
		query: url.Values{"offset": {strconv.Itoa(offset)}, "limit": {strconv.Itoa(limit)}},
	}
	r.settle(&r.buf)
	err = r.hold(ctx, req, &r.buf, func(body []byte) error {
		p = pagedAnswer{count: absent}
		if err := p.parse(r.shape, body); err != nil {
			return err
		}
		switch {
		case p.count == absent:
			return fmt.Errorf("the answer has no %s.count", r.metadata)
		case p.partial:
			return fault.New(fault.PartialData, "%s: the answer is partial", r.title).
				WithFix("nothing: parts of the platform's search are down, the run goes on when they are back")
		}
		return nil
	}, nil)
	return p, askedBy(req), err
}
