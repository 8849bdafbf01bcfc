package liveperson

import (
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"transporter/internal/fault"
	"transporter/internal/source"
)

const (
	// surveyLife is the longest that a post-conversation survey stays open; until then
	// the API's end time of a conversation moves after its real end.
	surveyLife = 8 * 24 * time.Hour
	// retentionMonths is how long the platform keeps conversations.
	retentionMonths = 13
	// maxSpan keeps an interval below three months, of which the shortest have 89 days,
	// also after the API has rounded it outwards.
	maxSpan = 88 * 24 * time.Hour
	// grain is what the API rounds filter times outwards to.
	grain       = 10 * time.Minute
	grainMillis = int64(grain / time.Millisecond)
	maxPageSize = 100
)

// search is a query of conversations: what the API is asked, and which of its answers
// belong to the window. The two differ, because the API rounds outwards to 10 minutes,
// demands a start interval whatever is searched by, and filters by an end that moves.
type search struct {
	params
	from, to int64 // the window, half-open
	now      int64
}

func newSearch(q source.Query, now time.Time) (*search, error) {
	p, err := parseParams(q.Params)
	if err != nil {
		return nil, err
	}
	s := &search{params: p, from: q.From, to: q.To, now: q.Now}
	if s.now <= 0 {
		s.now = now.UnixMilli()
	}
	if s.from >= s.to {
		return nil, fault.New(fault.InvalidSpec, "the window %d to %d is empty", s.from, s.to).WithField("window")
	}
	if s.from >= s.now {
		return nil, fault.New(fault.InvalidSpec, "the window begins at %s, in the future",
			time.UnixMilli(s.from).UTC().Format(time.RFC3339)).WithField("window")
	}
	return s, nil
}

// axis returns the range of start times in which conversations of the window may lie.
func (s *search) axis() (from, to int64) {
	oldest := floorGrain(time.UnixMilli(s.now).UTC().AddDate(0, -retentionMonths, 0).UnixMilli())
	switch s.TimeBasis {
	case basisStart:
		return s.from, s.to
	case basisUpdated:
		return oldest, s.now + 1
	default:
		return min(oldest, s.from), s.to // it started before it ended
	}
}

// has reports whether a record belongs to the range: its start time lies in it, and the
// time that the search is by lies in the window. Ranges of one search share no record.
func (s *search) has(r *record, g span) bool {
	if r.start < g.start.from || r.start >= g.start.to {
		return false
	}
	if s.TimeBasis == basisUpdated {
		return true // the record does not say when it was updated
	}
	at := s.at(r)
	return at >= g.window.from && at < g.window.to
}

// at returns the time of the record that the search is by; zero for one that the record
// does not say.
func (s *search) at(r *record) int64 {
	switch s.TimeBasis {
	case basisEnd:
		return firstTime(r.conversationEnd, r.end)
	case basisFullDialogEnd:
		return firstTime(r.fullDialogEnd, r.end)
	case basisUpdated:
		return 0
	default:
		return r.start
	}
}

// firstTime returns a, or b where the source leaves a out. An end that has not come yet
// is no reason to take another.
func firstTime(a, b int64) int64 {
	if a != absent {
		return a
	}
	return b
}

// interval is half-open, in epoch milliseconds.
type interval struct{ from, to int64 }

// span is one range that is read with one search: a piece of the start axis, and a
// piece of the window, which is the whole of it unless that is longer than the API takes.
type span struct{ start, window interval }

// spans returns the searches that a slice takes. Windows of ends are cut so that one
// piece and the life of a survey stay below the longest interval.
func (s *search) spans(sl source.Slice) []span {
	start := interval{sl.From, sl.To}
	if !s.byEnd() {
		return []span{{start, interval{s.from, s.to}}}
	}
	var list []span
	for _, w := range cut(interval{s.from, s.to}, maxSpan-surveyLife) {
		if w.to > start.from {
			list = append(list, span{start, w})
		}
	}
	return list
}

// growing reports whether conversations of the range may still begin: they come after
// all others in the order of pages, and shift none.
func (s *search) growing(g span) bool {
	return s.TimeBasis == basisStart && ceilGrain(g.start.to) > s.now
}

// filter is an interval as the API takes it: both bounds included.
type filter struct {
	From int64 `json:"from"`
	To   int64 `json:"to,omitempty"`
}

type searchBody struct {
	Start             filter   `json:"start"`
	End               *filter  `json:"end,omitempty"`
	FullDialogEndTime *filter  `json:"fullDialogEndTime,omitempty"`
	LatestUpdateTime  *filter  `json:"latestUpdateTime,omitempty"`
	Status            []string `json:"status,omitempty"`
	SkillIDs          []id     `json:"skillIds,omitempty"`
	AgentIDs          []id     `json:"agentIds,omitempty"`
	AgentGroupIDs     []id     `json:"agentGroupIds,omitempty"`
	Source            []string `json:"source,omitempty"`
	ContentToRetrieve []string `json:"contentToRetrieve,omitzero"` // empty: info alone; absent: the API's choice
}

// body returns the search body for a range.
func (s *search) body(g span, content []string) ([]byte, error) {
	b := searchBody{
		Start:  filter{From: g.start.from, To: max(min(g.start.to-1, s.now), g.start.from)},
		Status: s.Status, SkillIDs: s.SkillIDs, AgentIDs: s.AgentIDs, AgentGroupIDs: s.GroupIDs,
		Source: s.Sources, ContentToRetrieve: content,
	}
	late := max(min(g.window.to+surveyLife.Milliseconds(), s.now), g.window.from)
	switch s.TimeBasis {
	case basisEnd:
		b.End = &filter{From: g.window.from, To: late}
	case basisFullDialogEnd:
		b.FullDialogEndTime = &filter{From: g.window.from, To: late}
	case basisUpdated:
		b.LatestUpdateTime = &filter{From: s.from}
	}
	return json.Marshal(b)
}

// query returns the parameters of one page. Pages come in the order of start times.
func (s *search) query(caller string, offset, limit int) url.Values {
	q := url.Values{
		"offset": {strconv.Itoa(offset)}, "limit": {strconv.Itoa(limit)},
		"sort": {"start:asc"}, "source": {caller},
	}
	if s.APIVersion != "" {
		q.Set("v", string(s.APIVersion))
	}
	return q
}

func floorGrain(ms int64) int64 { return ms - ms%grainMillis }

func ceilGrain(ms int64) int64 { return floorGrain(ms + grainMillis - 1) }
