package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	minuteMS = int64(60_000)
	// bucketMS is the five minutes that the live APIs collect events in.
	bucketMS = 5 * minuteMS
	// longestTimeframe is how far back they look, in minutes.
	longestTimeframe = 1440
	// shortestInterval is the least that a timeframe may be cut into, in minutes.
	shortestInterval = 5
)

// stretch is a half-open piece of time in epoch milliseconds.
type stretch struct{ from, to int64 }

// holds reports whether something that happened at t belongs to the stretch.
func (s stretch) holds(t int64) bool { return t >= s.from && t < s.to }

// overlap is how long [from, to) and the stretch have in common.
func (s stretch) overlap(from, to int64) int64 { return max(min(s.to, to)-max(s.from, from), 0) }

// idSet are the ids asked for: all, or some.
type idSet struct {
	given bool
	all   bool
	list  []int64
}

func (i idSet) has(id int64) bool { return i.all || slices.Contains(i.list, id) }

// liveRequest is the validated query of a call about the last 24 hours.
type liveRequest struct {
	version        int
	whole          stretch
	parts          []stretch // with interval; oldest first
	skills, agents idSet
	now            int64
	query          url.Values
}

// stamping says how a method cuts its timeframe into intervals.
type stamping int

const (
	// rounded: intervals end at marks of five minutes counted back from the next one, and the
	// earliest holds only what is left (Operational Realtime API, "interval").
	rounded stamping = iota
	// unrounded: intervals start where the timeframe does, to the millisecond (Messaging
	// Operations API, Skill and Agent Segments).
	unrounded
)

// parseLive checks what the methods with a timeframe share.
func parseLive(q url.Values, now int64, how stamping) (liveRequest, error) {
	r, err := parseIDs(q, now)
	if err != nil {
		return r, err
	}
	frame, err := required(q, "timeframe", 1, longestTimeframe)
	if err != nil {
		return r, err
	}
	start := now - int64(frame)*minuteMS
	r.whole = stretch{start, now}
	if how == rounded {
		r.whole.from = start - start%bucketMS
	}
	interval, err := intervalOf(q, frame)
	if err != nil || interval == 0 {
		return r, err
	}
	if how == unrounded {
		r.parts = cutForward(r.whole, interval)
	} else {
		r.parts = cutBack(r.whole, interval)
	}
	return r, nil
}

// intervalOf is the interval in milliseconds, zero when none is asked for.
func intervalOf(q url.Values, frame int) (int64, error) {
	if !q.Has("interval") {
		return 0, nil
	}
	n, err := strconv.Atoi(q.Get("interval"))
	if err != nil || n < shortestInterval || n > frame || frame%n != 0 {
		return 0, fmt.Errorf("interval: must be at least %d and divide the timeframe", shortestInterval)
	}
	return int64(n) * minuteMS, nil
}

func cutForward(whole stretch, interval int64) (parts []stretch) {
	for from := whole.from; from < whole.to; from += interval {
		parts = append(parts, stretch{from, min(from+interval, whole.to)})
	}
	return parts
}

func cutBack(whole stretch, interval int64) (parts []stretch) {
	for end := ceilBucket(whole.to); end > whole.from; end -= interval {
		parts = append(parts, stretch{max(end-interval, whole.from), end})
	}
	slices.Reverse(parts)
	return parts
}

func ceilBucket(t int64) int64 { return (t + bucketMS - 1) / bucketMS * bucketMS }

// mostVersionOfLive is the newest version that any method knows.
const mostVersionOfLive = 2

func parseIDs(q url.Values, now int64) (r liveRequest, err error) {
	r.now, r.query = now, q
	if r.version, err = required(q, "v", 1, mostVersionOfLive); err != nil {
		return r, err
	}
	if r.skills, err = idList(q, "skillIds"); err != nil {
		return r, err
	}
	r.agents, err = idList(q, "agentIds")
	return r, err
}

func required(q url.Values, name string, least, most int) (int, error) {
	if !q.Has(name) {
		return 0, fmt.Errorf("%s: is required", name)
	}
	return parameter(q, name, 0, least, most)
}

func idList(q url.Values, name string) (idSet, error) {
	text := q.Get(name)
	if text == "" || text == "all" {
		return idSet{given: text != "", all: true}, nil
	}
	list := idSet{given: true}
	for one := range strings.SplitSeq(text, ",") {
		id, err := strconv.ParseInt(strings.TrimSpace(one), 10, 64)
		if err != nil {
			return list, fmt.Errorf("%s: %q is no id; give ids with commas between, or all", name, one)
		}
		list.list = append(list.list, id)
	}
	return list, nil
}

// live answers a method of the last 24 hours. A recorded history has none.
func (s *Server) live(parse func(*http.Request, int64) (liveRequest, error),
	answer func(*tenant, liveRequest) map[string]any,
) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t := tenantOf(r)
		if t.world == nil {
			writeError(w, http.StatusNotFound, "recorded answers hold nothing of the last 24 hours")
			return
		}
		request, err := parse(r, s.now())
		if err != nil {
			writeError(w, http.StatusBadRequest, err.Error())
			return
		}
		writeJSON(w, http.StatusOK, answer(t, request))
	}
}

// queryOf reads the parameters of a GET.
func queryOf(r *http.Request) (url.Values, error) {
	if r.Method != http.MethodGet {
		return nil, fmt.Errorf("method: must be GET")
	}
	return r.URL.Query(), nil
}

// queryOrBodyOf reads the parameters of a GET, or of a POST whose JSON body holds them as
// texts.
func queryOrBodyOf(r *http.Request) (url.Values, error) {
	if r.Method != http.MethodPost {
		return queryOf(r)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, largestBody))
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	if err := decodeStrict(body, &texts); err != nil {
		return nil, err
	}
	q := url.Values{}
	for name, text := range texts {
		q.Set(name, text)
	}
	return q, nil
}
