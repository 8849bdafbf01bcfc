package liveperson

import (
	"context"
	"io"
	"net/url"
	"strconv"

	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/source/liveperson/answer"
)

// series are numbers for each interval of five minutes: the finest there is, which every
// longer interval is made of, and the only one that lies at marks of the clock whenever it is
// asked for.
type series struct {
	api
	path  string
	shape answer.Shape
	query func(f *filters) url.Values // the ids to ask for
}

// resource makes the series one that can be read.
func (m series) resource() resource {
	return resource{
		api: m.api,
		begin: func(c *Client, q source.Query) (reading, error) {
			w, err := newLiveWindow(c, q, bucketMillis)
			if err != nil {
				return reading{}, err
			}
			if _, err := m.ask(c, &w); err != nil {
				return reading{}, err
			}
			return reading{inOnePiece, func(ctx context.Context, sl source.Slice, sink source.Sink) error {
				return c.readSeries(ctx, m, &w, sl, sink)
			}}, nil
		},
		probe: func(ctx context.Context, c *Client) error {
			to := c.now().UnixMilli() / bucketMillis * bucketMillis
			w := liveWindow{interval: interval{to - bucketMillis, to}, clock: func() int64 { return c.now().UnixMilli() }}
			r, err := m.ask(c, &w)
			if err != nil {
				return err
			}
			s := session{Client: c}
			return s.call(ctx, r, func(io.Reader) error { return nil })
		},
	}
}

// ask is the call that answers the window. It goes back one interval more than the window,
// because the earliest of an answer may be short; a window older than that is fault.Expired.
func (m series) ask(c *Client, w *liveWindow) (request, error) {
	now := w.clock()
	q := m.query(&w.filters)
	q.Set("v", liveVersion)
	q.Set("interval", strconv.FormatInt(bucketMillis/minuteMillis, 10))
	first := now - lookBackMillis
	if m.shape.Of == answer.Start {
		q.Set("v", queueHealthVersion)
		q.Set("fromMillis", strconv.FormatInt(w.from, 10))
		q.Set("toMillis", strconv.FormatInt(w.to, 10))
	} else {
		minutes := min((ceilBucket(now)-w.from+bucketMillis)/minuteMillis, lookBackMinutes)
		q.Set("timeframe", strconv.FormatInt(minutes, 10))
		first = ceilBucket(now-lookBackMillis) + bucketMillis
	}
	if err := w.oldest(first); err != nil {
		return request{}, err
	}
	r := c.get(m.api, m.path, q)
	r.endless = true
	return r, w.over(now)
}

// readSeries reads the window's intervals, each once, and refuses an answer that lacks one.
func (c *Client) readSeries(ctx context.Context, m series, w *liveWindow, sl source.Slice, sink source.Sink) error {
	r, err := m.ask(c, w)
	if err != nil {
		return err
	}
	s, st := session{Client: c}, staged{slice: sl, sink: sink}
	defer st.abort()
	err = s.call(ctx, r, func(body io.Reader) error {
		asked := answer.Asked{At: w.clock(), Interval: bucketMillis, Request: askedBy(r)}
		return st.answer(ctx, func() error {
			return m.shape.Records(body, asked, func(one source.Record) error {
				if !w.has(one.Order) { // the mark that it starts at
					return nil
				}
				return st.add(ctx, one)
			})
		})
	})
	if want := (w.to - w.from) / bucketMillis; err == nil && st.failure == nil && st.counts.Fetched < want {
		err = fault.New(fault.PartialData, "%s: %d of the %d intervals from %s came", m.title, st.counts.Fetched, want, clockText(w.from)).
			WithFix("nothing: the run asks again")
	}
	return st.commit(ctx, s.calls, err)
}
