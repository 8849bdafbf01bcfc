// Package history is what a messaging history can be asked: filters, sections and the
// port that the generated and the recorded conversations share.
package history

import "slices"

// Range is inclusive at both ends. The zero Range holds everything.
type Range struct {
	From, To int64
	Set      bool
}

// Holds reports whether v lies in the range. Open ends are in no range that is set.
func (r Range) Holds(v int64) bool { return !r.Set || (v >= r.From && v <= r.To) }

// Sort is the order of a result.
type Sort uint8

// Unsorted results come newest first, as the source documents no default.
const (
	Unsorted Sort = iota
	StartAsc
	StartDesc
	EndAsc
	EndDesc
)

// Query is one validated search. Empty lists and unset ranges filter nothing; all
// filters combine with AND. Time ranges are already rounded.
type Query struct {
	Start, End, FullDialogEnd, Updated Range
	Duration, MCS, CSAT                Range
	Status, Source, Device             []string
	AlertedMCS                         []int64
	Skills, LatestSkills               []int64
	Agents, LatestAgents, Groups       []int64
	QueueState                         string
	Sort                               Sort
}

// OnlyStart reports whether the start range is the only filter.
func (q *Query) OnlyStart() bool {
	return q.OnlyTimes() && !q.End.Set && !q.FullDialogEnd.Set && len(q.Status) == 0
}

// OnlyTimes reports whether times and status decide alone.
func (q *Query) OnlyTimes() bool {
	return !q.Updated.Set && !q.Duration.Set && !q.MCS.Set && !q.CSAT.Set && len(q.Source) == 0 &&
		len(q.Device) == 0 && len(q.AlertedMCS) == 0 && len(q.Skills) == 0 && len(q.LatestSkills) == 0 &&
		len(q.Agents) == 0 && len(q.LatestAgents) == 0 && len(q.Groups) == 0 && q.QueueState == ""
}

// MatchTimes applies the filters that need times and status only.
func (q *Query) MatchTimes(f *Facts) bool {
	return q.Start.Holds(f.Start) && q.End.Holds(f.End) && q.FullDialogEnd.Holds(f.FullDialogEnd) &&
		oneOf(q.Status, f.Status())
}

// Match applies every filter.
func (q *Query) Match(f *Facts) bool {
	return q.MatchTimes(f) && q.Updated.Holds(f.Updated) && q.Duration.Holds(f.Duration/1000) &&
		q.MCS.Holds(f.MCS) && q.CSAT.Holds(f.CSAT) &&
		oneOf(q.Source, f.Source) && oneOf(q.Device, f.Device) && oneOf(q.AlertedMCS, f.AlertedMCS) &&
		oneOf(q.LatestSkills, f.LatestSkill) && oneOf(q.LatestAgents, f.LatestAgent) &&
		common(q.Skills, f.Skills) && common(q.Agents, f.Agents) && common(q.Groups, f.Groups) &&
		(q.QueueState == "" || q.QueueState == f.QueueState)
}

func oneOf[T comparable](want []T, have T) bool { return len(want) == 0 || slices.Contains(want, have) }

func common(want, have []int64) bool {
	if len(want) == 0 {
		return true
	}
	return slices.ContainsFunc(want, func(v int64) bool { return slices.Contains(have, v) })
}

// View says how to show a record.
type View struct {
	Sections Section
	Typed    bool // v=2: typed SDE values, and unauthenticated SDEs when asked
	Whole    bool // by conversation id: never cut, with file previews
	Cut      bool // pretend that the record is too big and cut it
}

// Hits is the result of a search: Len records in the order asked. It is safe for
// concurrent use and stays valid.
type Hits interface {
	Len() int
	// Append adds the JSON of record i to dst.
	Append(dst []byte, i int, v View) []byte
}

// Archive is a searchable messaging history. now is epoch milliseconds UTC; nothing
// later than it, or older than the retention, is ever found.
type Archive interface {
	Search(q *Query, now int64) Hits
	Conversation(id string, now int64) Hits
	Consumer(id string, status []string, now int64) Hits
}

// RetentionMonths is how long the source keeps conversations.
const RetentionMonths = 13
