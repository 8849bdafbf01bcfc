package messaging

import "slices"

// segment is the time of one agent with the conversation (G1, G2). Its place in
// Conversation.segments is that of its interaction.
type segment struct {
	agent []byte
	start int64
	end   int64
	ended bool
	by    int // what ended it: a transfer's place in Conversation.transfers, or one of these
}

// What ends a segment, other than a transfer away from its agent.
const (
	byClose = -1 - iota
	byNextAssignment
)

// loadSegments cuts one segment an interaction. It ends at the earliest of: a transfer
// away from its agent at or after its start, the next interaction, the end of a closed
// conversation; never before it starts. Of two at the same moment the one named first
// counts.
func (c *Conversation) loadSegments() {
	if c.have.segments {
		return
	}
	c.loadEvents()
	c.have.segments, c.segments = true, c.segments[:0]
	end, ended := c.endedAt()
	for i, in := range c.interactions {
		s := segment{agent: in.agent, start: in.at, end: end, ended: ended && !c.isOpen(), by: byClose}
		if i+1 < len(c.interactions) {
			s.endBy(c.interactions[i+1].at, byNextAssignment)
		}
		for k, t := range c.transfers {
			if t.at >= in.at && t.source != nil && string(t.source) == string(in.agent) {
				s.endBy(t.at, k)
				break
			}
		}
		s.end = max(s.end, s.start)
		c.segments = append(c.segments, s)
	}
}

func (s *segment) endBy(t int64, by int) {
	if !s.ended || t <= s.end {
		s.end, s.ended, s.by = t, true, by
	}
}

// span returns the time in which messages are of the segment.
func (s *segment) span() span { return span{s.start, s.end, !s.ended, s.ended && s.by == byClose} }

// assigned sums the ended segments; with humans only those of human agents. False when
// there is none.
func (c *Conversation) assigned(humans bool) (int64, bool) {
	c.loadSegments()
	var sum int64
	var any bool
	for _, s := range c.segments {
		if s.ended && (!humans || c.agentKind(s.agent) == human) {
			sum += s.end - s.start
			any = true
		}
	}
	return sum, any
}

// assignedAgents counts the different agents of the kind that were assigned.
func (c *Conversation) assignedAgents(k kind) int64 {
	c.loadEvents()
	var n int64
	for i, in := range c.interactions {
		same := func(o interaction) bool { return string(o.agent) == string(in.agent) }
		if in.agent != nil && c.agentKind(in.agent) == k && !slices.ContainsFunc(c.interactions[:i], same) {
			n++
		}
	}
	return n
}
