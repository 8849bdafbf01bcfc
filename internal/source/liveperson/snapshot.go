package liveperson

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/source/liveperson/answer"
)

// snapshot is what an API says of this moment, or of the time up to it: one answer.
type snapshot struct {
	api
	path  string
	shape answer.Shape
	// query is what to ask for at now; back is how long the window is.
	query func(f *filters, now, back int64) url.Values
	body  func(f *filters) any // of a POST; nil: it is a GET
}

// resource makes the snapshot one that can be read.
func (m snapshot) resource() resource {
	return resource{
		api: m.api,
		begin: func(c *Client, q source.Query) (reading, error) {
			w, err := newLiveWindow(c, q, minuteMillis)
			if err == nil {
				err = m.within(&w)
			}
			return reading{inOnePiece, func(ctx context.Context, sl source.Slice, sink source.Sink) error {
				return c.readSnapshot(ctx, m, &w, sl, sink)
			}}, err
		},
		probe: func(ctx context.Context, c *Client) error {
			s := session{Client: c}
			r, err := m.ask(c, &filters{}, c.now().UnixMilli(), bucketMillis)
			if err != nil {
				return err
			}
			return s.call(ctx, r, func(io.Reader) error { return nil })
		},
	}
}

// within refuses a window that is longer than an answer about it looks back.
func (m snapshot) within(w *liveWindow) error {
	if m.shape.Of != answer.Back || w.to-w.from <= lookBackMillis {
		return nil
	}
	return fault.New(fault.InvalidSpec, "the window is longer than the 24 hours that %s looks back", m.title).
		WithField("window").WithFix("take windows of at most 24 hours")
}

func (m snapshot) ask(c *Client, f *filters, now, back int64) (request, error) {
	r := c.get(m.api, m.path, m.query(f, now, back))
	r.endless = m.shape.Array != ""
	if m.body == nil {
		return r, nil
	}
	var err error
	r.method = http.MethodPost
	r.body, err = json.Marshal(m.body(f))
	return r, err
}

// readSnapshot reads the answer into one slice, in one call, so that all of it is of one
// moment.
func (c *Client) readSnapshot(ctx context.Context, m snapshot, w *liveWindow, sl source.Slice, sink source.Sink) error {
	r, err := m.ask(c, &w.filters, w.clock(), w.to-w.from)
	if err != nil {
		return err
	}
	s, st := session{Client: c}, staged{slice: sl, sink: sink}
	defer st.abort()
	err = s.call(ctx, r, func(body io.Reader) error {
		asked := answer.Asked{At: w.clock(), From: w.from, To: w.to, Request: askedBy(r)}
		return st.answer(ctx, func() error {
			return m.shape.Records(body, asked, func(one source.Record) error { return st.add(ctx, one) })
		})
	})
	return st.commit(ctx, s.calls, err)
}

// backInMinutes is the timeframe that goes back as long as the window is.
func backInMinutes(back int64) string {
	return strconv.FormatInt(max((back+minuteMillis-1)/minuteMillis, 1), 10)
}
