package messaging

import (
	"slices"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

type transfer struct {
	place  int // in the record
	at     int64
	reason string
	source []byte // the agent it was taken from
	value  jsonrec.Value
}

type interaction struct {
	value jsonrec.Value
	at    int64
	seq   int64
	agent []byte
}

// Transfer reasons of the API.
const (
	reasonSkill   = "Skill"
	reasonBack    = "back2Q"
	reasonTimeout = "SuggestedAgentTimeout"
	reasonTake    = "TakeOver"
	reasonAgent   = "Agent"
)

var reasons = map[string]string{
	reasonSkill: reasonSkill, reasonBack: reasonBack, reasonTimeout: reasonTimeout, reasonTake: reasonTake, reasonAgent: reasonAgent,
}

// loadEvents reads the transfers and interactions of MAIN: transfers by time,
// interactions by interactiveSequence, then time.
func (c *Conversation) loadEvents() {
	if c.have.events {
		return
	}
	c.have.events, c.allTransfers, c.transfers, c.interactions = true, c.allTransfers[:0], c.transfers[:0], c.interactions[:0]
	for v := range c.root.Get("transfers").Elements() {
		at := c.timeIn(v, "transfers", "timeL")
		t := transfer{len(c.allTransfers), at, reasons[string(v.Get("reason").Text())], cell.TextOf(v.Get("sourceAgentId")), v}
		c.allTransfers = append(c.allTransfers, t)
		if c.inMain(cell.TextOf(v.Get("dialogId"))) {
			c.transfers = append(c.transfers, t)
		}
	}
	for v := range c.root.Get("interactions").Elements() {
		at := c.timeIn(v, "interactions", "interactionTimeL")
		seq, _ := cell.IntOf(v.Get("interactiveSequence"))
		if c.inMain(cell.TextOf(v.Get("dialogId"))) {
			c.interactions = append(c.interactions, interaction{v, at, seq, cell.TextOf(v.Get("assignedAgentId"))})
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
		if !t.toQueue() || t.at < until {
			continue
		}
		if next, ok := c.assignedFrom(t.at); ok {
			total += next - t.at
			until = next
		}
	}
	return total, true
}

// toQueue reports whether the transfer puts the conversation into a queue.
func (t *transfer) toQueue() bool {
	return t.reason == reasonSkill || t.reason == reasonBack || t.reason == reasonTimeout
}

// assignedFrom returns the time of the earliest assignment at or after t.
func (c *Conversation) assignedFrom(t int64) (int64, bool) {
	if next := c.assignedAfter(t); next != nil {
		return next.at, true
	}
	return 0, false
}

// assignedAfter returns the earliest assignment at or after t, nil if there is none.
func (c *Conversation) assignedAfter(t int64) *interaction {
	var next *interaction
	for k := range c.interactions {
		if i := &c.interactions[k]; i.at >= t && (next == nil || i.at < next.at) {
			next = i
		}
	}
	return next
}
