package liveperson

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"transporter/internal/fault"
	"transporter/internal/source"
)

const (
	// retentionMonths is how long the platform keeps conversations and chats.
	retentionMonths = 13
	// grain is what the APIs round filter times outwards to.
	grain       = 10 * time.Minute
	grainMillis = int64(grain / time.Millisecond)
	maxPageSize = 100
)

// historyAPI is an API of past talks: it is searched by start times and paged by offset,
// rounds filter times outwards to 10 minutes, and truncates records that are too large.
type historyAPI struct {
	api
	path    string // of searches
	byID    string // of the search for one talk by its id, which truncates nothing
	records string // the member of an answer that holds the records
	noun    string // what one record is, for errors
	needs   string // the fields of info without which a record cannot be placed
	ended   bool   // every record has an end
}

// search is a query of such an API: what it is asked, and which of its answers belong to
// the window. The two differ, because of the rounding, and because a start interval is
// demanded whatever is searched by.
type search interface {
	in() *historyAPI
	// pieces cuts the start times that records of the window may have into intervals
	// that the API takes.
	pieces() []interval
	// spans returns the searches that a slice takes; they share no record.
	spans(source.Slice) []span
	// has reports whether a record belongs to the range and to the window.
	has(*record, span) bool
	// at returns the time of the record that the search is by; zero if it does not say.
	at(*record) int64
	// growing reports whether new matches of the range can only come after all others.
	growing(span) bool
	body(span, ask) ([]byte, error)
	query(caller string, offset, limit int) url.Values
	// byIDs reports whether every record is to be read by its id, because searches leave
	// out a part of it that was asked for.
	byIDs() bool
	// whole is the body of the search for one talk by its id.
	whole(record) ([]byte, error)
}

// reading is the search on its way.
func (c *Client) reading(s search) reading {
	return reading{
		cut: func(ctx context.Context) ([]source.Slice, error) { return c.plan(ctx, s) },
		read: func(ctx context.Context, sl source.Slice, sink source.Sink) error {
			return c.readSlice(ctx, s, sl, sink)
		},
	}
}

// probeHistory asks for no more than the head of one page.
func (c *Client) probeHistory(ctx context.Context, name string, params map[string]json.RawMessage, begin func(source.Query, time.Time) (search, error)) error {
	now := c.now().UnixMilli()
	from := floorGrain(now) - grainMillis
	s, err := begin(source.Query{Resource: name, From: from, To: now, Now: now, Params: params}, c.now())
	if err != nil {
		return err
	}
	r := reader{holder: holder{session: session{Client: c}}, search: s}
	defer r.settle()
	_, err = r.page(ctx, span{start: interval{from, now}, window: interval{from, now}}, ask{limit: 1, heads: true})
	return err
}

// window is the one of a query, half-open, and the reader's clock.
type window struct{ from, to, now int64 }

func newWindow(q source.Query, now time.Time) (window, error) {
	w := window{from: q.From, to: q.To, now: q.Now}
	if w.now <= 0 {
		w.now = now.UnixMilli()
	}
	if w.from >= w.to {
		return w, fault.New(fault.InvalidSpec, "the window %d to %d is empty", w.from, w.to).WithField("window")
	}
	if w.from >= w.now {
		return w, fault.New(fault.InvalidSpec, "the window begins at %s, in the future", clockText(w.from)).WithField("window")
	}
	return w, nil
}

// oldest is the start of the oldest record that the platform keeps.
func (w window) oldest() int64 {
	return floorGrain(time.UnixMilli(w.now).UTC().AddDate(0, -retentionMonths, 0).UnixMilli())
}

// starts is the filter of the start times of a range, of which none is in the future.
func (w window) starts(i interval) filter {
	return filter{From: i.from, To: max(min(i.to-1, w.now), i.from)}
}

// interval is half-open, in epoch milliseconds.
type interval struct{ from, to int64 }

func (i interval) has(t int64) bool { return t >= i.from && t < i.to }

// span is one range that is read with one search: a piece of the start axis, and a
// piece of the window, which is the whole of it unless that is longer than the API takes.
// With open it is of talks that go on, which are in every window since their start.
type span struct {
	start, window interval
	open          bool
}

// filter is an interval as the APIs take it: both bounds included.
type filter struct {
	From int64 `json:"from"`
	To   int64 `json:"to,omitempty"`
}

// pageQuery returns the parameters of one page, in the order of start times.
func pageQuery(caller string, offset, limit int) url.Values {
	return url.Values{
		"offset": {strconv.Itoa(offset)}, "limit": {strconv.Itoa(limit)},
		"sort": {"start:asc"}, "source": {caller},
	}
}

func floorGrain(ms int64) int64 { return ms - ms%grainMillis }

func ceilGrain(ms int64) int64 { return floorGrain(ms + grainMillis - 1) }
