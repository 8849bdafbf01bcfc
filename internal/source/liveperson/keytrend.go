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

const (
	// trendInterval is the default distance of points, in minutes.
	trendInterval = 5
	// mostPoints come in one answer, the one at its beginning, which is of the time before,
	// among them.
	mostPoints = 100
)

// keyMetricsTrend are numbers at points of equal distance (Key Messaging Metrics API,
// Historical): a point counts the time before it. A point belongs to the window in which that
// time begins.
var keyMetricsTrend = resource{
	api: keyMetricsAPI,
	begin: func(c *Client, q source.Query) (reading, error) {
		w, err := newLiveWindow(c, q, minuteMillis)
		if err != nil {
			return reading{}, err
		}
		step := w.length(trendInterval)
		w.interval = interval{ceilTo(w.from, step), ceilTo(w.to, step)}
		return reading{inOnePiece, func(ctx context.Context, sl source.Slice, sink source.Sink) error {
			return c.readTrend(ctx, &w, sl, sink)
		}}, w.pointsOver()
	},
	probe: func(ctx context.Context, c *Client) error {
		to := c.now().UnixMilli() / bucketMillis * bucketMillis
		s := session{Client: c}
		r, err := c.trendCall(&filters{}, interval{to - bucketMillis, to})
		if err != nil {
			return err
		}
		return s.call(ctx, r, func(io.Reader) error { return nil })
	},
}

// pointsOver refuses a window with a point that is still counted, or no longer known. One that is
// shorter than the distance of points may have none.
func (w *liveWindow) pointsOver() error {
	if w.from == w.to {
		return nil
	}
	return w.recent()
}

// readTrend reads the window's points into one slice, as many at once as an answer holds, and
// refuses answers that lack one.
func (c *Client) readTrend(ctx context.Context, w *liveWindow, sl source.Slice, sink source.Sink) error {
	if err := w.pointsOver(); err != nil {
		return err
	}
	s, st := session{Client: c}, staged{slice: sl, sink: sink}
	defer st.abort()
	if !st.begin(ctx) {
		return st.failure
	}
	step := w.length(trendInterval)
	for from := w.from; from < w.to; from += (mostPoints - 1) * step {
		part := interval{from, min(from+(mostPoints-1)*step, w.to)}
		points, by, err := s.trendPart(ctx, &w.filters, part)
		if err != nil {
			return err
		}
		before, at := st.counts.Fetched, w.clock()
		for _, raw := range points {
			if err := stagePoint(ctx, &st, by, raw, at, part, step); err != nil {
				return err
			}
		}
		if came, want := st.counts.Fetched-before, (part.to-part.from)/step; came != want {
			return fault.New(fault.PartialData, "%s: %d of the %d points from %s came", keyMetricsAPI.title, came, want, clockText(part.from)).
				WithFix("nothing: the run asks again")
		}
	}
	return st.commit(ctx, s.calls, nil)
}

// trendPart asks for the points of a part of the window.
func (s *session) trendPart(ctx context.Context, f *filters, part interval) (points []json.RawMessage, by *answer.Request, err error) {
	r, err := s.trendCall(f, part)
	if err != nil {
		return nil, by, err
	}
	err = s.call(ctx, r, func(body io.Reader) error {
		points = nil
		return answer.Of(KeyMetricsTrend).Each(body, func(raw []byte) error {
			points = append(points, json.RawMessage(append([]byte(nil), raw...)))
			return nil
		})
	})
	return points, askedBy(r), err
}

func (c *Client) trendCall(f *filters, i interval) (request, error) {
	body, err := json.Marshal(keyMetricsOf(f, i))
	return request{
		api: keyMetricsAPI, method: http.MethodPost, path: c.path(managerPath + "historical"), body: body,
		query: url.Values{"interval": {strconv.FormatInt(f.length(trendInterval)/minuteMillis, 10)}},
	}, err
}

// stagePoint adds a point whose time begins in the part.
func stagePoint(ctx context.Context, st *staged, by *answer.Request, raw []byte, at int64, part interval, step int64) error {
	rec, err := answer.Of(KeyMetricsTrend).Record(raw, answer.Asked{At: at, Interval: step, Request: by})
	if err != nil {
		return bodyFault(keyMetricsAPI.title, err)
	}
	if (rec.Order-part.from)%step != 0 {
		return fault.New(fault.SchemaMismatch, "%s: a point at %s was not asked for", keyMetricsAPI.title, answer.Stamped(rec.Order+step))
	}
	if !part.has(rec.Order) {
		return nil
	}
	return st.add(ctx, rec)
}
