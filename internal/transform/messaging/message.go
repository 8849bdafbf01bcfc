package messaging

import (
	"bytes"
	"slices"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// message is what derived values need of one message.
type message struct {
	at      int64
	seq     int64
	id      []byte
	kind    kind
	agent   []byte // who wrote it, unless the consumer did
	visible bool   // R4
	main    bool   // R1
	turn    int    // R6, from 1; 0: in none
	first   bool   // first of its turn
	value   jsonrec.Value
}

func (c *Conversation) loadMessages() {
	if c.have.messages {
		return
	}
	c.have.messages = true
	c.messages, c.order, c.said = c.messages[:0], c.order[:0], c.said[:0]
	for v := range c.root.Get("messageRecords").Elements() {
		at := c.timeIn(v, "messageRecords", "timeL")
		seq, _ := cell.IntOf(v.Get("seq"))
		m := message{at: at, seq: seq, id: v.Get("messageId").Text(), visible: true, value: v}
		if audience := cell.TextOf(v.Get("audience")); audience != nil {
			m.visible = string(audience) == "ALL"
		}
		m.main = c.inMain(cell.TextOf(v.Get("dialogId")))
		if !bytes.EqualFold(v.Get("sentBy").Text(), []byte("Consumer")) {
			m.agent = cell.TextOf(v.Get("participantId"))
			m.kind = c.agentKind(m.agent)
		}
		c.order = append(c.order, len(c.messages))
		c.messages = append(c.messages, m)
	}
	byR2 := func(i, j int) int { return compareR2(&c.messages[i], &c.messages[j]) }
	if !slices.IsSortedFunc(c.order, byR2) {
		slices.SortStableFunc(c.order, byR2)
	}
	for _, i := range c.order {
		if m := &c.messages[i]; m.visible && m.main && m.kind != system {
			c.said = append(c.said, i)
		}
	}
}

// compareR2 orders messages by time, then sequence number, then id.
func compareR2(a, b *message) int {
	switch {
	case a.at != b.at:
		return sign(a.at - b.at)
	case a.seq != b.seq:
		return sign(a.seq - b.seq)
	}
	return bytes.Compare(a.id, b.id)
}

func compare(a, b int64) int {
	if a == b {
		return 0
	}
	return sign(a - b)
}

func sign(n int64) int {
	if n < 0 {
		return -1
	}
	return 1
}

// countSaid returns how many visible messages of MAIN were sent by the kinds.
func (c *Conversation) countSaid(kinds ...kind) int64 {
	c.loadMessages()
	var n int64
	for i := range c.messages {
		if m := &c.messages[i]; m.visible && m.main && slices.Contains(kinds, m.kind) {
			n++
		}
	}
	return n
}

// find returns the first said message at or after from that holds, as its place in
// c.said; -1 if there is none.
func (c *Conversation) find(from int, holds func(*message) bool) int {
	c.loadMessages()
	for i := from; i < len(c.said); i++ {
		if holds(&c.messages[c.said[i]]) {
			return i
		}
	}
	return -1
}

func (c *Conversation) saidAt(i int) int64 { return c.messages[c.said[i]].at }

func isConsumer(m *message) bool { return m.kind == consumer }
func isAgent(m *message) bool    { return m.kind != consumer }
func isHuman(m *message) bool    { return m.kind == human }

// handledBy names who wrote and in which order. Agents of unknown kind do not count.
func (c *Conversation) handledBy() string {
	c.loadMessages()
	var kinds [2]int // humans, bots
	var changes int
	first, last := consumer, consumer
	for _, i := range c.said {
		k := c.messages[i].kind
		if k != human && k != bot {
			continue
		}
		kinds[k-human]++
		if last == consumer {
			first = k
		} else if last != k {
			changes++
		}
		last = k
	}
	switch {
	case last == consumer:
		return "none"
	case kinds[0] == 0:
		return "bot_only"
	case kinds[1] == 0:
		return "human_only"
	case changes > 1:
		return "mixed"
	case first == bot:
		return "bot_then_human"
	}
	return "human_then_bot"
}
