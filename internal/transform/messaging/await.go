package messaging

import (
	"math"

	"transporter/internal/transform/jsonrec"
)

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

// Check returns what makes the record unfit to be counted by intervals; nil if nothing does.
// After it, no stay and no message brings up another defect.
func (c *Conversation) Check() *jsonrec.Defect {
	if c.info.Get("isPartial").Kind() == jsonrec.True {
		return &jsonrec.Defect{Path: "$.info.isPartial", Reason: "the source sent only a part of this conversation"}
	}
	c.loadMessages()
	c.loadSegments()
	c.loadSkills()
	return c.defect
}

// What an agent is (R3).
const (
	Human = "human"
	Bot   = "bot"
)

// AgentType returns what the record says that an agent is: Human, Bot or "system"; empty where
// it does not say.
func (c *Conversation) AgentType(id []byte) string {
	if k := c.agentKind(id); k != unknownAgent {
		return kindNames[k]
	}
	return ""
}

// Closed reports whether the stay ended because the conversation did.
func (s *AgentStay) Closed() bool {
	return s.End == ClosedByAgent || s.End == ClosedByConsumer || s.End == closedBySystem
}

// Transferred reports whether the conversation went to another agent or skill.
func (s *AgentStay) Transferred() bool { return s.End == agentTransfer || s.End == skillTransfer }

// Returned reports whether the conversation went back to the queue.
func (s *AgentStay) Returned() bool { return s.End == backToQueue }

// Fresh reports whether the stay is the first of a conversation that the consumer began.
func (s *AgentStay) Fresh() bool { return s.Start == NewConversation }

// AfterTransfer reports whether the stay came of a transfer, or from the queue again.
func (s *AgentStay) AfterTransfer() bool {
	return s.Start == agentTransfer || s.Start == skillTransfer || s.Start == takenFromQueue
}
