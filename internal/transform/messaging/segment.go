package messaging

import (
	"slices"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

type transfer struct {
	at     int64
	reason string
	source []byte // the agent it was taken from
	value  jsonrec.Value
}

type interaction struct {
	at    int64
	seq   int64
	agent []byte
}

// segment is the time of one agent with the conversation (G1, G2).
type segment struct {
	agent []byte
	start int64
	end   int64
	ended bool
}

// Transfer reasons of the API.
const (
	reasonSkill   = "Skill"
	reasonBack    = "back2Q"
	reasonTimeout = "SuggestedAgentTimeout"
	reasonTake    = "TakeOver"
)

var reasons = map[string]string{
	reasonSkill: reasonSkill, reasonBack: reasonBack, reasonTimeout: reasonTimeout, reasonTake: reasonTake, "Agent": "Agent",
}

// loadEvents reads the transfers and interactions of MAIN: transfers by time,
// interactions by interactiveSequence, then time.
func (c *Conversation) loadEvents() {
	if c.have.events {
		return
	}
	c.have.events, c.transfers, c.interactions = true, c.transfers[:0], c.interactions[:0]
	for v := range c.root.Get("transfers").Elements() {
		at := c.timeIn(v, "transfers", "timeL")
		if c.inMain(cell.TextOf(v.Get("dialogId"))) {
			c.transfers = append(c.transfers, transfer{at, reasons[string(v.Get("reason").Text())], cell.TextOf(v.Get("sourceAgentId")), v})
		}
	}
	for v := range c.root.Get("interactions").Elements() {
		at := c.timeIn(v, "interactions", "interactionTimeL")
		seq, _ := cell.IntOf(v.Get("interactiveSequence"))
		if c.inMain(cell.TextOf(v.Get("dialogId"))) {
			c.interactions = append(c.interactions, interaction{at, seq, cell.TextOf(v.Get("assignedAgentId"))})
		}
	}
	slices.SortStableFunc(c.transfers, func(a, b transfer) int { return compare(a.at, b.at) })
	slices.SortStableFunc(c.interactions, func(a, b interaction) int {
		if a.seq != b.seq {
			return compare(a.seq, b.seq)
		}
		return compare(a.at, b.at)
	})
}

func compare(a, b int64) int {
	if a == b {
		return 0
	}
	return sign(a - b)
}

// firstAssigned returns the earliest interaction.
func (c *Conversation) firstAssigned() (int64, bool) {
	c.loadEvents()
	if len(c.interactions) == 0 {
		return 0, false
	}
	first := c.interactions[0].at
	for _, i := range c.interactions {
		first = min(first, i.at)
	}
	return first, true
}

// loadSegments cuts one segment an interaction. It ends at the earliest of: a transfer
// away from its agent at or after its start, the next interaction, the end of a closed
// conversation; never before it starts.
func (c *Conversation) loadSegments() {
	if c.have.segments {
		return
	}
	c.loadEvents()
	c.have.segments, c.segments = true, c.segments[:0]
	end, ended := c.endedAt()
	for i, in := range c.interactions {
		s := segment{agent: in.agent, start: in.at, end: end, ended: ended && !c.isOpen()}
		if i+1 < len(c.interactions) {
			s.endBy(c.interactions[i+1].at)
		}
		for _, t := range c.transfers {
			if t.at >= in.at && t.source != nil && string(t.source) == string(in.agent) {
				s.endBy(t.at)
				break
			}
		}
		s.end = max(s.end, s.start)
		c.segments = append(c.segments, s)
	}
}

func (s *segment) endBy(t int64) {
	if !s.ended || t < s.end {
		s.end, s.ended = t, true
	}
}

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

// escalation returns the first transfer away from a bot (R10).
func (c *Conversation) escalation() *transfer {
	c.loadEvents()
	for i := range c.transfers {
		t := &c.transfers[i]
		if t.reason != reasonBack && t.reason != reasonTake && c.agentKind(t.source) == bot {
			return t
		}
	}
	return nil
}

// queueWait sums the time in the queue: from the start, and from every transfer to a
// queue, to the next assignment. A transfer while in the queue starts no second clock.
func (c *Conversation) queueWait() (int64, bool) {
	start, ok := c.startedAt()
	first, assigned := c.firstAssigned()
	if !ok || !assigned {
		return 0, false
	}
	total, until := first-start, first
	for _, t := range c.transfers {
		if t.reason != reasonSkill && t.reason != reasonBack && t.reason != reasonTimeout || t.at < until {
			continue
		}
		if next, ok := c.assignedFrom(t.at); ok {
			total += next - t.at
			until = next
		}
	}
	return total, true
}

// assignedFrom returns the earliest assignment at or after t.
func (c *Conversation) assignedFrom(t int64) (int64, bool) {
	var next int64
	var found bool
	for _, i := range c.interactions {
		if i.at >= t && (!found || i.at < next) {
			next, found = i.at, true
		}
	}
	return next, found
}
