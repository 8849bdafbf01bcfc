package liveperson

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
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
			s := session{Client: c}
			_, _, err := s.rosterPage(ctx, m, m.body(&liveWindow{interval: interval{to - bucketMillis, to}}), 0, 1)
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
	s, st := session{Client: c}, staged{slice: sl, sink: sink}
	defer st.abort()
	for try := 1; ; try++ {
		if !st.begin(ctx) {
			return st.failure
		}
		count, err := s.rosterPages(ctx, m, w, &st)
		switch {
		case err != nil || st.failure != nil || st.counts.Fetched == count:
			return st.commit(ctx, s.calls, err)
		case try == rosterTries:
			return fault.New(fault.CountMismatch, "%s: %d of %d entries came, %d tries", m.title, st.counts.Fetched, count, try).
				WithFix("resume the run: the list changed while it was read")
		}
		if err := s.sleep(ctx, backoff(try)); err != nil {
			return err
		}
	}
}

func (s *session) rosterPages(ctx context.Context, m roster, w *liveWindow, st *staged) (count int64, err error) {
	at, body := w.clock(), m.body(w)
	for offset := 0; ; offset += m.limit {
		page, by, err := s.rosterPage(ctx, m, body, offset, m.limit)
		if err != nil {
			return count, err
		}
		if count = page.count; m.most > 0 && count > int64(m.most) {
			return count, fault.New(fault.InvalidSpec, "%s: there are %d entries, and it shows %d", m.title, count, m.most).
				WithField("parameters").WithFix("make tasks for parts of the account, by group_ids or skill_ids")
		}
		for _, raw := range page.elements {
			if err := m.stage(ctx, st, by, raw, at, w); err != nil {
				return count, err
			}
		}
		if int64(offset+m.limit) >= count || len(page.elements) == 0 {
			return count, nil
		}
	}
}

func (m roster) stage(ctx context.Context, st *staged, by *answer.Request, raw []byte, at int64, w *liveWindow) error {
	rec, err := m.shape.Record(raw, answer.Asked{At: at, From: w.from, To: w.to, Request: by})
	if err == nil {
		err = st.add(ctx, rec)
	}
	return err
}

// rosterAnswer is one page.
type rosterAnswer struct {
	count    int64
	elements []json.RawMessage
}

func (s *session) rosterPage(ctx context.Context, m roster, body any, offset, limit int) (p rosterAnswer, by *answer.Request, err error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return p, by, err
	}
	r := request{
		api: m.api, method: http.MethodPost, path: s.path(m.path), body: raw,
		query: url.Values{"offset": {strconv.Itoa(offset)}, "limit": {strconv.Itoa(limit)}},
	}
	err = s.call(ctx, r, func(body io.Reader) error {
		p = rosterAnswer{}
		var members map[string]json.RawMessage
		if err := json.NewDecoder(body).Decode(&members); err != nil {
			return err
		}
		return p.read(m, members)
	})
	return p, askedBy(r), err
}

func (p *rosterAnswer) read(m roster, members map[string]json.RawMessage) error {
	var meta struct {
		Count              *int64
		ShardsStatusResult struct{ PartialResult bool }
	}
	if err := json.Unmarshal(members[m.metadata], &meta); err != nil || meta.Count == nil {
		return fmt.Errorf("the answer has no %s.count", m.metadata)
	}
	if meta.ShardsStatusResult.PartialResult {
		return fault.New(fault.PartialData, "%s: the answer is partial", m.title).
			WithFix("nothing: parts of the platform's search are down, the run goes on when they are back")
	}
	if p.count = *meta.Count; p.count == 0 {
		return nil
	}
	if m.shape.Within != "" {
		var inner map[string]json.RawMessage
		if err := json.Unmarshal(members[m.shape.Within], &inner); err != nil {
			return fmt.Errorf("the answer has no %s", m.shape.Within)
		}
		members = inner
	}
	if err := json.Unmarshal(members[m.shape.Array], &p.elements); err != nil {
		return fmt.Errorf("the answer has no list %s", m.shape.Array)
	}
	return nil
}
