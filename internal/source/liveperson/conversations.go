package liveperson

import (
	"encoding/json"
	"net/url"
	"time"

	"transporter/internal/source"
)

const (
	// surveyLife is the longest that a post-conversation survey stays open; until then
	// the API's end time of a conversation moves after its real end.
	surveyLife = 8 * 24 * time.Hour
	// maxSpan keeps an interval below three months, of which the shortest have 89 days,
	// also after the API has rounded it outwards.
	maxSpan = 88 * 24 * time.Hour

	statusOpen, statusClosed = "OPEN", "CLOSE"
)

var conversationsAPI = historyAPI{
	api:     interactionsAPI,
	path:    "/messaging_history/api/account/{account}/conversations/search",
	byID:    "/messaging_history/api/account/{account}/conversations/conversation/search",
	records: "conversationHistoryRecords",
	noun:    "conversation",
	needs:   "conversationId or no startTimeL",
}

// conversationSearch is a search of the Messaging Interactions API, whose filter by ends
// sees an end that moves.
type conversationSearch struct {
	params
	window
}

func newConversationSearch(q source.Query, now time.Time) (search, error) {
	p := params{TimeBasis: basisEnd}
	if err := parseParams(q.Params, &p); err != nil {
		return nil, err
	}
	if err := p.complete(); err != nil {
		return nil, err
	}
	w, err := newWindow(q, now)
	return &conversationSearch{p, w}, err
}

func (s *conversationSearch) in() *historyAPI { return &conversationsAPI }

// pieces cut off what is before the window: few conversations are older than it.
func (s *conversationSearch) pieces() []interval {
	from, to := s.axis()
	if from < s.from && s.from < to {
		first := max(floorGrain(s.from), from)
		return append(cut(interval{from, first}, maxSpan), cut(interval{first, to}, maxSpan)...)
	}
	return cut(interval{from, to}, maxSpan)
}

// axis returns the range of start times in which conversations of the window may lie.
func (s *conversationSearch) axis() (from, to int64) {
	switch s.TimeBasis {
	case basisStart:
		return s.from, s.to
	case basisUpdated:
		return s.oldest(), s.now + 1
	default:
		return min(s.oldest(), s.from), s.to // it started before it ended
	}
}

// has reports whether a record belongs to the range: its start time lies in it, and the
// time that the search is by lies in the window. Ranges of one search share no record.
func (s *conversationSearch) has(r *record, g span) bool {
	if !g.start.has(r.start) {
		return false
	}
	if s.TimeBasis == basisUpdated || g.open {
		return true // the record does not say when it was updated; an open one has no end
	}
	return g.window.has(s.at(r))
}

// at returns the time of the record that the search is by; zero for one that the record
// does not say.
func (s *conversationSearch) at(r *record) int64 {
	switch s.TimeBasis {
	case basisEnd, basisAlive:
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

// spans returns the searches that a slice takes. Windows of ends are cut so that one
// piece and the life of a survey stay below the longest interval.
func (s *conversationSearch) spans(sl source.Slice) []span {
	start := interval{sl.From, sl.To}
	if s.TimeBasis == basisAlive {
		return s.aliveSpans(start)
	}
	if !s.byEnd() {
		return []span{{start: start, window: interval{s.from, s.to}}}
	}
	var list []span
	for _, w := range cut(interval{s.from, s.to}, maxSpan-surveyLife) {
		if w.to > start.from {
			list = append(list, span{start: start, window: w})
		}
	}
	return list
}

// aliveSpans are those that go on, then those that ended since the window's start, up to now:
// one that ends while the first are read is of the second.
func (s *conversationSearch) aliveSpans(start interval) []span {
	list := []span{{start: start, window: interval{s.from, s.to}, open: true}}
	for _, w := range cut(interval{s.from, s.now + 1 + surveyLife.Milliseconds()}, maxSpan-surveyLife) {
		list = append(list, span{start: start, window: w})
	}
	return list
}

// growing reports whether conversations of the range may still begin: they come after
// all others in the order of pages, and shift none.
func (s *conversationSearch) growing(g span) bool {
	return s.TimeBasis == basisStart && ceilGrain(g.start.to) > s.now
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
func (s *conversationSearch) body(g span, a ask) ([]byte, error) {
	b := searchBody{
		Start: s.starts(g.start), Status: s.Status, SkillIDs: s.SkillIDs, AgentIDs: s.AgentIDs, AgentGroupIDs: s.GroupIDs,
		Source: s.Sources, ContentToRetrieve: s.Content,
	}
	if a.heads {
		b.ContentToRetrieve = []string{}
	}
	late := g.window.to + surveyLife.Milliseconds() // not now: ends move while pages are read
	switch s.TimeBasis {
	case basisAlive:
		if b.Status = []string{statusOpen}; !g.open {
			b.Status, b.End = []string{statusClosed}, &filter{From: g.window.from, To: late}
		}
	case basisEnd:
		b.End = &filter{From: g.window.from, To: late}
	case basisFullDialogEnd:
		b.FullDialogEndTime = &filter{From: g.window.from, To: late}
	case basisUpdated:
		b.LatestUpdateTime = &filter{From: s.from}
	}
	return json.Marshal(b)
}

func (s *conversationSearch) query(caller string, offset, limit int) url.Values {
	q := pageQuery(caller, offset, limit)
	if s.APIVersion != "" {
		q.Set("v", string(s.APIVersion))
	}
	return q
}

func (s *conversationSearch) byIDs() bool { return s.AllSDEs }

func (s *conversationSearch) whole(r record) ([]byte, error) {
	return json.Marshal(struct {
		ConversationID    string   `json:"conversationId"`
		ContentToRetrieve []string `json:"contentToRetrieve,omitzero"`
	}{r.talk, s.Content})
}
