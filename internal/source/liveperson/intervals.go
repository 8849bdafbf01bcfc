package liveperson

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strconv"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// stamp says what the timestamp of an interval means. It differs from method to method.
type stamp int

const (
	// stampEnd: the interval's end, at a mark of five minutes; the earliest interval of an
	// answer may be short (Operational Realtime API; Messaging Conversation).
	stampEnd stamp = iota
	// stampStart: the interval's start, as asked for (Messaging Queue Health, v=2).
	stampStart
	// stampUnrounded: the start, counted back from the moment of the call to the millisecond
	// (Skill Segments, Agent Segments).
	stampUnrounded
)

// series are numbers for each interval of five minutes: the finest there is, which every
// longer interval is made of, and the only one that lies at marks of the clock whenever it is
// asked for.
type series struct {
	api
	path  string
	stamp stamp
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
	if m.stamp == stampStart {
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
	return c.get(m.api, m.path, q), w.over(now)
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
		at := w.clock()
		return st.answer(ctx, func() error {
			return eachOf(body, "metricsByIntervals", func(raw []byte) error {
				return m.stage(ctx, &st, w, askedBy(r), raw, at)
			})
		})
	})
	if want := (w.to - w.from) / bucketMillis; err == nil && st.failure == nil && st.counts.Fetched < want {
		err = fault.New(fault.PartialData, "%s: %d of the %d intervals from %s came", m.title, st.counts.Fetched, want, clockText(w.from)).
			WithFix("nothing: the run asks again")
	}
	return st.commit(ctx, s.calls, err)
}

// stage adds one interval if it belongs to the window: by the mark of five minutes that it
// starts at, or for unrounded ones the mark nearest to its start, so that every window has as
// many intervals as marks.
func (m series) stage(ctx context.Context, st *staged, w *liveWindow, by asked, raw []byte, at int64) error {
	var head struct{ Timestamp json.Number }
	if err := json.Unmarshal(raw, &head); err != nil {
		return err
	}
	stamp, err := head.Timestamp.Int64()
	if err != nil {
		return fault.New(fault.SchemaMismatch, "%s: the timestamp %q of an interval is no time", m.title, head.Timestamp)
	}
	start := stamp
	if m.stamp == stampEnd {
		start -= bucketMillis
	}
	mark := (start + bucketMillis/2) / bucketMillis * bucketMillis
	if m.stamp != stampUnrounded && start != mark {
		return fault.New(fault.SchemaMismatch, "%s: the interval of %s does not start at a mark of five minutes", m.title, stamped(start))
	}
	if !w.has(mark) {
		return nil
	}
	one := answered{Request: by, IntervalStart: stamped(start), IntervalEnd: stamped(start + bucketMillis), Response: raw}
	rec, err := one.record(mark, stamped(mark), at)
	if err != nil {
		return err
	}
	return st.add(ctx, rec)
}

// eachOf streams the elements of the array under the key of an answer; what lies beside it
// is passed over. An answer without the array is an error.
func eachOf(body io.Reader, key string, element func(raw []byte) error) error {
	d := json.NewDecoder(body)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(errors.New("the answer is not a JSON object"), err)
	}
	found := false
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if name != key {
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return err
			}
			continue
		}
		found = true
		if err := eachIn(d, element); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if !found {
		return errors.New("the answer has no " + key)
	}
	return nil
}

func eachIn(d *json.Decoder, element func(raw []byte) error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return errors.Join(errors.New("what should be a list is none"), err)
	}
	var raw json.RawMessage
	for d.More() {
		if err := d.Decode(&raw); err != nil {
			return err
		}
		if err := element(raw); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}
