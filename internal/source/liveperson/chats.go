package liveperson

import (
	"context"
	"encoding/json"
	"math"
	"net/url"
	"time"

	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/source/access"
)

// Chats is the resource of chat engagements.
const Chats = "engagement_history"

// chats are read by searches over slices of start times.
var chats = resource{
	api: chatsAPI.api,
	begin: func(c *Client, q source.Query) (reading, error) {
		s, err := newChatSearch(q, c.now())
		return c.reading(s), err
	},
	probe: func(ctx context.Context, c *Client) error {
		return c.probeHistory(ctx, Chats, nil, newChatSearch)
	},
}

const (
	// maxChatSpan keeps an interval below a month, of which the shortest has 28 days,
	// also after the API has rounded it outwards.
	maxChatSpan = 27 * 24 * time.Hour
	// longestChat is how long a chat may take and still be found: it is a live session,
	// which ends when a side leaves. The platform names no bound.
	longestChat = 30 * 24 * time.Hour
	// firstLook is how far back the chats that began before the window are looked for
	// whatever they took; each further piece is lookGrowth times as long.
	firstLook  = time.Hour
	lookGrowth = 4
	// durationSlack is what the API's duration, in whole seconds, may be off.
	durationSlack = time.Minute
)

const chatsPath = "/interaction_history/api/account/{account}/interactions/search"

var chatsAPI = historyAPI{
	api: api{
		service: "engHistDomain", title: "Engagement History API",
		permission: "category Data, Engagement History",
		takes:      access.Takes(Chats), blank: true,
	},
	path: chatsPath, byID: chatsPath,
	records: "interactionHistoryRecords",
	noun:    "chat engagement",
	needs:   "engagementId, no startTimeL or no endTimeL",
	ended:   true,
}

// chatSearch is a search of the Engagement History API. It knows only chats that have
// ended, so the window is one of ends; but it filters by starts alone.
type chatSearch struct {
	chatParams
	window
}

// chatParams are the parameters of a chat report that the API filters by, and which time of a
// chat must lie in the window: its end, or with basisAlive any from its start to its end.
type chatParams struct {
	TimeBasis string `json:"time_basis"`
	SkillIDs  []id   `json:"skill_ids"`
	AgentIDs  []id   `json:"agent_ids"`
	GroupIDs  []id   `json:"group_ids"`
}

func (p *chatParams) check() error {
	if p.TimeBasis == "" || p.TimeBasis == basisEnd || p.TimeBasis == basisAlive {
		return nil
	}
	return fault.New(fault.InvalidSpec, "%q is no time basis of chats", p.TimeBasis).
		WithField("parameters.time_basis").WithFix("give %s or %s", basisEnd, basisAlive)
}

func newChatSearch(q source.Query, now time.Time) (search, error) {
	var p chatParams
	if err := parseParams(q.Params, &p); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	w, err := newWindow(q, now)
	return &chatSearch{p, w}, err
}

func (s *chatSearch) in() *historyAPI { return &chatsAPI }

// pieces go back from the window in growing steps: the earlier a chat began, the longer
// it must have taken to end in the window, and the API filters by that (see body). All
// but the nearest hold next to nothing.
func (s *chatSearch) pieces() []interval {
	list := cut(interval{s.from, s.to}, maxChatSpan)
	oldest := max(s.oldest(), floorGrain(s.from-longestChat.Milliseconds()))
	to := s.from
	for step := firstLook; to > oldest; step *= lookGrowth {
		from := max(floorGrain(to-min(step, maxChatSpan).Milliseconds()), oldest)
		list = append(list, interval{from, to})
		to = from
	}
	return list
}

func (s *chatSearch) spans(sl source.Slice) []span {
	ends := interval{s.from, s.to}
	if s.TimeBasis == basisAlive {
		ends.to = math.MaxInt64
	}
	return []span{{start: interval{sl.From, sl.To}, window: ends}}
}

func (s *chatSearch) has(r *record, g span) bool { return g.start.has(r.start) && g.window.has(r.end) }

func (s *chatSearch) at(r *record) int64 { return r.end }

// growing never holds: a chat comes into the matches when it ends, whenever it began.
func (s *chatSearch) growing(span) bool { return false }

type chatBody struct {
	Start         filter  `json:"start"`
	Ended         bool    `json:"ended"` // the API has no others; every published request says so
	Duration      *filter `json:"duration,omitempty"`
	SkillIDs      []id    `json:"skillIds,omitempty"`
	AgentIDs      []id    `json:"agentIds,omitempty"`
	AgentGroupIDs []id    `json:"agentGroupIds,omitempty"`
	EngagementID  string  `json:"engagementId,omitempty"`
}

func (s *chatSearch) body(g span, _ ask) ([]byte, error) {
	b := chatBody{
		Start: s.starts(g.start), Ended: true,
		SkillIDs: s.SkillIDs, AgentIDs: s.AgentIDs, AgentGroupIDs: s.GroupIDs,
	}
	if least := (s.from - g.start.to - durationSlack.Milliseconds()) / 1000; least > 0 {
		b.Duration = &filter{From: least, To: (s.now - s.oldest()) / 1000} // seconds, both needed
	}
	return json.Marshal(b)
}

func (s *chatSearch) query(caller string, offset, limit int) url.Values {
	return pageQuery(caller, offset, limit)
}

// whole names the start too: the API's page contradicts itself about whether an id lifts
// the need for it.
func (s *chatSearch) byIDs() bool { return false }

func (s *chatSearch) whole(r record) ([]byte, error) {
	return json.Marshal(chatBody{Start: filter{From: r.start, To: r.start}, Ended: true, EngagementID: r.talk})
}
