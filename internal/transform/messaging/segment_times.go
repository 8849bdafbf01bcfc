package messaging

import "transporter/internal/transform/cell"

// segmentWait returns the time in the queue before the assignment: since the start of
// the conversation, or since the first transfer to a queue after the assignment before.
// False where there was none, as when an agent handed over to another.
func (c *Conversation) segmentWait(row int) (int64, bool) {
	s := c.segment(row)
	if row == 0 {
		start, ok := c.startedAt()
		return s.start - start, ok
	}
	for _, t := range c.transfers {
		if t.toQueue() && t.at >= c.segments[row-1].start && t.at <= s.start {
			return s.start - t.at, true
		}
	}
	return 0, false
}

// firstResponse returns the time from the assignment to the agent's first message; none
// after a takeover or resumption (G7).
func (c *Conversation) firstResponse(row int) (int64, bool) {
	if why := c.startReason(row); why == takeover || why == resumed {
		return 0, false
	}
	t := c.segmentTalk(row)
	return t.first - c.segment(row).start, t.agents > 0
}

// responsesIn collects the response times of turns that the segment's agent began in
// it; no clock starts before the assignment.
func (c *Conversation) responsesIn(row int) responses {
	c.loadTurns()
	s := c.segment(row)
	from, to := c.places(s.span())
	var r responses
	for i := range c.turns {
		t := &c.turns[i]
		if t.wait < 0 || !t.agent || t.said < from || t.said >= to || !s.wrote(&c.messages[c.said[t.said]]) {
			continue
		}
		r.n++
		r.sum += t.at - max(t.at-t.wait, s.start)
	}
	return r
}

// handleTime returns what the platform measured of the segment: of the segments of its agent
// that it tells of, those whose nearest here is this one, and of them the nearest.
func (c *Conversation) handleTime(row int) (took int64, found bool) {
	s := c.segment(row)
	if c.HandleTimes == nil || !s.ended || s.agent == nil {
		return 0, false
	}
	var least int64
	for at, ms := range c.HandleTimes(cell.TextOf(c.info.Get("conversationId")), s.agent) {
		if away := distance(at, s.end); c.nearest(s.agent, at) == row && (!found || away < least) {
			took, least, found = ms, away, true
		}
	}
	return took, found
}

// nearest returns the row of the agent's segment that ended nearest to the moment, of two the
// earlier; -1 without one that ended.
func (c *Conversation) nearest(agent []byte, at int64) int {
	best, least := -1, int64(0)
	for i, s := range c.segments {
		if away := distance(at, s.end); s.ended && string(s.agent) == string(agent) && (best < 0 || away < least) {
			best, least = i, away
		}
	}
	return best
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

// scoreAt returns the score up to the last scored message by the moment.
func (c *Conversation) scoreAt(at int64) (int64, bool) {
	c.loadMessages()
	c.loadScores()
	var score int64
	var found bool
	for _, i := range c.order {
		m := &c.messages[i]
		if m.at > at {
			break
		}
		if s, ok := c.scores[string(m.id)]; ok {
			score, found = s, true
		}
	}
	return score, found
}

func (c *Conversation) loadScores() {
	if c.have.scores {
		return
	}
	c.have.scores = true
	clear(c.scores)
	for v := range c.list("messageScores", "messageScore") {
		if c.scores == nil {
			c.scores = map[string]int64{}
		}
		id := v.Get("messageId").Text()
		score, ok := cell.IntOf(v.Get("mcs"))
		if _, twice := c.scores[string(id)]; ok && !twice {
			c.scores[string(id)] = score
		}
	}
}
