package liveperson

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/source/liveperson/answer"
)

const (
	// bucket is what the live APIs collect events in (Operational Realtime API, overview).
	bucketMillis = answer.Bucket
	minuteMillis = int64(time.Minute / time.Millisecond)
	// lookBack is how long they remember: the longest timeframe is 1440 minutes.
	lookBack        = 24 * time.Hour
	lookBackMillis  = int64(lookBack / time.Millisecond)
	lookBackMinutes = lookBackMillis / minuteMillis
	liveVersion     = "1"
	allIDs          = "all"

	// fewerOnes makes answers about skills, groups or agents shorter.
	fewerOnes = "ask about parts of the account: make tasks with skill_ids, group_ids or agent_ids among their parameters"
)

// liveWindow is what a live resource was asked for, and by whose clock.
type liveWindow struct {
	interval
	filters
	clock func() int64 // the query's clock, which goes on while a run waits
}

// filters are the parameters that live APIs take.
type filters struct {
	SkillIDs []id     `json:"skill_ids"`
	AgentIDs []id     `json:"agent_ids"`
	GroupIDs []id     `json:"group_ids"`
	Channels []string `json:"channels"` // of queues
	Interval int64    `json:"interval"` // in minutes

	// Of key messaging metrics.
	GroupBy        string   `json:"group_by"`
	UserTypes      []string `json:"user_types"`
	Metrics        []string `json:"metrics"`
	CurrentMetrics []string `json:"current_metrics"`
}

// newLiveWindow checks the bounds of a query against what the live APIs know: a window that has
// begun, is over, and starts and ends at a mark of step, and no parameter that they do not take.
func newLiveWindow(c *Client, q source.Query, step int64) (liveWindow, error) {
	begun, now := c.now().UnixMilli(), q.Now
	if now <= 0 {
		now = begun
	}
	w := liveWindow{interval: interval{q.From, q.To}, clock: func() int64 { return now + c.now().UnixMilli() - begun }}
	switch {
	case q.From >= q.To:
		return w, fault.New(fault.InvalidSpec, "the window %d to %d is empty", q.From, q.To).WithField("window")
	case q.From%step != 0 || q.To%step != 0:
		return w, fault.New(fault.InvalidSpec, "the window %s to %s cuts through intervals of %s", clockText(q.From), clockText(q.To), time.Duration(step)*time.Millisecond).
			WithField("window").WithFix("begin and end it at full intervals: the platform counts by them")
	}
	return w, parseParams(q.Params, &w.filters)
}

// oldest refuses a window that begins before what the API still knows at now.
func (w *liveWindow) oldest(first int64) error {
	if w.from >= first {
		return nil
	}
	return fault.New(fault.Expired, "the window begins at %s, and the platform keeps these numbers for 24 hours, now back to %s",
		clockText(w.from), clockText(first)).
		WithFix("take a report on conversations for this time: they are kept for 13 months")
}

// over refuses a window whose last interval still counts.
func (w *liveWindow) over(now int64) error {
	if w.to <= now-now%bucketMillis {
		return nil
	}
	return fault.New(fault.NotReady, "the window ends at %s, and the platform still counts until %s",
		clockText(w.to), clockText(ceilBucket(w.to))).
		WithFix("nothing: the run goes on then; a delay of 5 minutes avoids it")
}

func ceilBucket(ms int64) int64 { return ceilTo(ms, bucketMillis) }

// ceilTo is the first mark of step at or after the time.
func ceilTo(ms, step int64) int64 { return (ms + step - 1) / step * step }

// idsOrAll writes ids as queries have them; without any it asks for all.
func idsOrAll(given []id) string {
	if len(given) == 0 {
		return allIDs
	}
	texts := make([]string, len(given))
	for i, v := range given {
		texts[i] = string(v)
	}
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(texts))), ",")
}

func askedBy(r request) *answer.Request {
	return &answer.Request{Method: r.method, Path: r.path, Query: r.query, Body: r.body}
}

// get is a call of the operations APIs.
func (c *Client) get(a api, path string, query url.Values) request {
	return request{api: a, method: http.MethodGet, path: c.path(path), query: query}
}
