package messaging

import "math"

// EachAwait calls yield with every span in which the agent of the place'th stay (in the order
// of AgentStays) owes the consumer an answer: from the first message of a turn of the consumer,
// or from the assignment if that is later, to the next message of an agent, or to the end of
// the stay. One that goes on ends at math.MaxInt64.
func (c *Conversation) EachAwait(place int, yield func(from, to int64)) {
	c.loadTurns()
	s := c.segment(place)
	end := s.end
	if !s.ended {
		end = math.MaxInt64
	}
	for i := range c.turns {
		t := &c.turns[i]
		if t.agent {
			continue
		}
		from, to := max(t.at, s.start), end
		if i+1 < len(c.turns) {
			to = min(to, c.turns[i+1].at)
		}
		if from < to {
			yield(from, to)
		}
	}
}
