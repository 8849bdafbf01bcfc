package world

import (
	"cmp"
	"fmt"
	"slices"
)

// AgentSegment is the stay of a conversation with one human agent, from the assignment to
// the close or the next transfer.
type AgentSegment struct {
	ID, Conversation string
	Agent            int // index in the directory
	Skill            int64
	Start, End       int64
	Reason           string // as the Actual Handle Time API names the end
	Handle           int64  // sum over Units
	Units            []HandleUnit
	Visible          int64 // when the API knows it: up to a day after the end
}

// HandleUnit is one answer: from the consumer's message, or the assignment when that is
// later, to the agent's.
type HandleUnit struct{ From, To int64 }

// latestSegment is how late a segment may become known (Actual Handle Time API, overview).
const latestSegment = dayMS

// AgentSegments lists the segments that ended in [from, to) and are known by now, ordered by
// end and id.
func (a *Account) AgentSegments(from, to, now int64) (out []AgentSegment) {
	var c cast
	a.around(from, to, func(n int64) {
		t := a.times(n)
		if t.end < from || t.start >= to {
			return
		}
		a.cast(n, &t, &c)
		if slices.ContainsFunc(c.segments[:c.n], func(s segment) bool { return a.handled(&s, from, to) }) {
			out = a.appendSegments(out, n, from, to, now)
		}
	})
	slices.SortFunc(out, func(x, y AgentSegment) int { return cmp.Or(cmp.Compare(x.End, y.End), cmp.Compare(x.ID, y.ID)) })
	return out
}

// handled reports whether the segment is a human's and ended in [from, to).
func (a *Account) handled(s *segment, from, to int64) bool {
	return s.agent >= a.directory.humans && s.to >= from && s.to < to
}

func (a *Account) appendSegments(out []AgentSegment, n, from, to, now int64) []AgentSegment {
	s := stories.Get().(*story)
	defer stories.Put(s)
	a.tell(n, a.times(n).end+surveyTimeout, s)
	for i := range s.segments() {
		g := &s.cast.segments[i]
		if !a.handled(g, from, to) {
			continue
		}
		x := AgentSegment{
			Conversation: string(s.id[:]), Agent: g.agent, Skill: a.directory.skillID(g.skill),
			Start: g.assigned, End: g.to, Reason: s.endReason(i), Units: s.units(g),
		}
		x.ID = fmt.Sprintf("%s:%s:%s:%d", a.id, a.directory.agents[g.agent].idText, x.Conversation, i)
		for _, u := range x.Units {
			x.Handle += u.To - u.From
		}
		if x.Visible = g.to + int64(mix(uint64(g.to)^a.seed)%uint64(latestSegment)); x.Visible <= now {
			out = append(out, x)
		}
	}
	return out
}

// endReason names the end of segment i.
func (s *story) endReason(i int) string {
	if i+1 < s.cast.n {
		switch s.cast.segments[i+1].reason {
		case bySkill:
			return "skillTransfer"
		case byAgent:
			return "agentTransfer"
		case backToQueue:
			return "backToQueue"
		}
		return "other"
	}
	return [...]string{closedByAgent: "closedByAgent", closedByConsumer: "closedByConsumer", closedBySystem: "closedBySystem"}[s.cast.closedBy]
}

// units are the answers of the segment's agent within it.
func (s *story) units(g *segment) (out []HandleUnit) {
	waiting := int64(-1)
	for i := range s.messages {
		m := &s.messages[i]
		switch {
		case m.survey || m.note || m.at > g.to:
		case m.from == byConsumer:
			if waiting < 0 {
				waiting = m.at
			}
		case m.from != bySystem:
			if m.agent == g.agent && m.at >= g.assigned && waiting >= 0 {
				out = append(out, HandleUnit{max(waiting, g.assigned), m.at})
			}
			waiting = -1
		}
	}
	return out
}
