package history

import "cmp"

// ChatFacts are what searches look at in one engagement of a chat: the stay of the visitor
// with one agent. Times are epoch milliseconds UTC.
type ChatFacts struct {
	EngagementID string // all engagements of a chat have the same
	Visitor      string
	Start, End   int64
	Duration     int64 // whole seconds
	Agent, Group int64
	Skill        int64
	Interactive  bool  // the visitor wrote
	MCS          int64 // Open where the visitor was silent
	AlertedMCS   int64
}

// ChatQuery is one validated search of chats. Empty lists and unset ranges filter
// nothing; all filters combine with AND. The start range is already rounded.
type ChatQuery struct {
	Start, Duration, MCS   Range
	Interactive            bool
	Skills, Agents, Groups []int64
	AlertedMCS             []int64
	Visitor, EngagementID  string // either lifts the start range
	Sort                   []ChatSort
}

// ChatSort orders engagements by one field.
type ChatSort struct {
	Field string // of ChatFields
	Desc  bool
}

// ChatFields are the fields that results can be sorted by, as the source names them.
var ChatFields = map[string]func(a, b *ChatFacts) int{
	"start":        func(a, b *ChatFacts) int { return cmp.Compare(a.Start, b.Start) },
	"end":          func(a, b *ChatFacts) int { return cmp.Compare(a.End, b.End) },
	"duration":     func(a, b *ChatFacts) int { return cmp.Compare(a.Duration, b.Duration) },
	"visitor":      func(a, b *ChatFacts) int { return cmp.Compare(a.Visitor, b.Visitor) },
	"engagementId": func(a, b *ChatFacts) int { return cmp.Compare(a.EngagementID, b.EngagementID) },
	"interactive":  func(a, b *ChatFacts) int { return cmp.Compare(truth(a.Interactive), truth(b.Interactive)) },
	"agentId":      func(a, b *ChatFacts) int { return cmp.Compare(a.Agent, b.Agent) },
	"skillId":      func(a, b *ChatFacts) int { return cmp.Compare(a.Skill, b.Skill) },
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Compare orders two engagements as the query asks, 0 where it says nothing.
func (q *ChatQuery) Compare(a, b *ChatFacts) int {
	for _, s := range q.Sort {
		c := ChatFields[s.Field](a, b)
		if s.Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// Match applies every filter.
func (q *ChatQuery) Match(f *ChatFacts) bool {
	return q.MatchTimes(f.Start, f.Duration) && q.MCS.Holds(f.MCS) &&
		(!q.Interactive || f.Interactive) && oneOf(q.Skills, f.Skill) && oneOf(q.Agents, f.Agent) &&
		oneOf(q.Groups, f.Group) && oneOf(q.AlertedMCS, f.AlertedMCS) &&
		(q.Visitor == "" || q.Visitor == f.Visitor) && (q.EngagementID == "" || q.EngagementID == f.EngagementID)
}

// Scores reports whether the query looks at scores.
func (q *ChatQuery) Scores() bool { return q.MCS.Set || len(q.AlertedMCS) > 0 }

// MatchTimes applies the filters that need times only.
func (q *ChatQuery) MatchTimes(start, seconds int64) bool {
	anytime := q.Visitor != "" || q.EngagementID != ""
	return (anytime || q.Start.Holds(start)) && q.Duration.Holds(seconds)
}

// Chats is a searchable history of chats; it knows only engagements that have ended, and
// none that is older than the retention.
type Chats interface {
	Chats(q *ChatQuery, now int64) Hits
}
