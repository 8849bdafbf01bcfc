package messaging

// turn is a run of messages of one side (R6).
type turn struct {
	said  int   // place of its first message in Conversation.said
	at    int64 // of that message
	agent bool
	human bool  // its first message is by a human
	wait  int64 // R7: since the first message of the turn before; -1 for the first turn
}

func (c *Conversation) loadTurns() {
	if c.have.turns {
		return
	}
	c.loadMessages()
	c.have.turns, c.turns = true, c.turns[:0]
	for place, i := range c.said {
		m := &c.messages[i]
		if n := len(c.turns); n == 0 || c.turns[n-1].agent != isAgent(m) {
			t := turn{said: place, at: m.at, agent: isAgent(m), human: isHuman(m), wait: -1}
			if n > 0 {
				t.wait = m.at - c.turns[n-1].at
			}
			c.turns = append(c.turns, t)
			m.first = true
		}
		m.turn = len(c.turns)
	}
}

// responses is a set of response times (R7).
type responses struct{ n, sum, max int64 }

// responsesOf collects those of the turns that follow one of the other side and hold.
func (c *Conversation) responsesOf(holds func(*turn) bool) responses {
	c.loadTurns()
	var r responses
	for i := range c.turns {
		if t := &c.turns[i]; t.wait >= 0 && holds(t) {
			r.n++
			r.sum += t.wait
			r.max = max(r.max, t.wait)
		}
	}
	return r
}

func agentTurn(t *turn) bool    { return t.agent }
func consumerTurn(t *turn) bool { return !t.agent }
func humanTurn(t *turn) bool    { return t.agent && t.human }

// mean is rounded half up; waits are never negative, because turns are in order of time.
func (r responses) mean() int64 { return (2*r.sum + r.n) / (2 * r.n) }
