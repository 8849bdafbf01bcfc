package messaging

import "sort"

// span is a piece of a conversation's time: from its start, without its end. One that is
// open has no end yet; that of one that closing ended is in it.
type span struct {
	from, to        int64
	isOpen, closing bool
}

func (s span) has(at int64) bool {
	return at >= s.from && (s.isOpen || at < s.to || s.closing && at == s.to)
}

// places returns where the span's messages are in Conversation.said: those of to are not.
func (c *Conversation) places(s span) (from, to int) {
	c.loadMessages()
	from = sort.Search(len(c.said), func(i int) bool { return c.saidAt(i) >= s.from })
	to = from + sort.Search(len(c.said)-from, func(i int) bool { return !s.has(c.saidAt(from + i)) })
	return from, to
}

// talk is what was said in a span, seen from agents.
type talk struct {
	consumer, agents, humans, bots int64
	first                          int64 // time of the first message of agents; with agents > 0
	firstHuman                     int64 // with humans > 0
	interactive                    bool  // the consumer wrote after one of the agents
}

// talkIn looks at the span's messages: those of the consumer, and of agents those that
// are of the side that is looked at.
func (c *Conversation) talkIn(s span, ofSide func(*message) bool) talk {
	var t talk
	from, to := c.places(s)
	for _, i := range c.said[from:to] {
		m := &c.messages[i]
		switch {
		case m.kind == consumer:
			t.consumer++
			t.interactive = t.interactive || t.agents > 0
			continue
		case !ofSide(m):
			continue
		}
		if t.agents++; t.agents == 1 {
			t.first = m.at
		}
		switch m.kind {
		case human:
			if t.humans++; t.humans == 1 {
				t.firstHuman = m.at
			}
		case bot:
			t.bots++
		}
	}
	return t
}

// G10, of a segment that ended for the reason.

func (t *talk) abandoned(end string) bool { return end == ClosedByConsumer && t.agents == 0 }

func (t *talk) nonresponsiveConsumer() bool { return t.agents > 0 && !t.interactive }

func (t *talk) nonresponsiveAgent(end string) bool { return end != ClosedByConsumer && t.agents == 0 }
