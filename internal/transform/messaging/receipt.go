package messaging

import (
	"bytes"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// receipts are the first moments at which a message arrived and was read, by side.
type receipts struct {
	accepted, read [2]moment // of the consumer, of agents
}

type moment struct {
	at int64
	ok bool
}

func (m *moment) take(at int64) {
	if !m.ok || at < m.at {
		m.at, m.ok = at, true
	}
}

// Sides of a messageStatuses entry.
const (
	byConsumer = 0
	byAgent    = 1
)

func (c *Conversation) loadStatuses() {
	if c.have.statuses {
		return
	}
	c.have.statuses = true
	clear(c.statuses)
	for v := range c.root.Get("messageStatuses").Elements() {
		at := c.timeIn(v, "messageStatuses", "timeL")
		if c.statuses == nil {
			c.statuses = map[string]receipts{}
		}
		id := string(v.Get("messageId").Text())
		r := c.statuses[id]
		side := c.statusSide(v)
		switch string(v.Get("messageDeliveryStatus").Text()) {
		case "ACCEPT":
			r.accepted[side].take(at)
		case "READ":
			r.read[side].take(at)
		}
		c.statuses[id] = r
	}
}

func (c *Conversation) statusSide(v jsonrec.Value) int {
	if side := v.Get("participantType").Text(); len(side) > 0 {
		if bytes.EqualFold(side, []byte("Consumer")) {
			return byConsumer
		}
		return byAgent
	}
	if _, isAgent := c.participant(cell.TextOf(v.Get("participantId"))); isAgent {
		return byAgent
	}
	return byConsumer
}

// receipt returns the receipts of the row's message by the other side.
func (c *Conversation) receipt(row int) (accepted, read moment) {
	c.loadMessages()
	c.loadStatuses()
	m := &c.messages[row]
	other := byConsumer
	if m.kind == consumer {
		other = byAgent
	}
	r := c.statuses[string(m.id)]
	return r.accepted[other], r.read[other]
}
