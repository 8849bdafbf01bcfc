package messaging

import "transporter/internal/transform/cell"

// Facts about the elements of $.agentParticipants.
var participantFacts = map[string]Fact{
	"participant_left_at": func(c *Conversation, row int, out *cell.Cell) {
		left, ok := c.leftAt(row)
		out.SetTime(left)
		nullUnless(out, ok)
	},
	"participant_participation_ms": elapsedOf((*Conversation).participation),
	"participant_messages_sent":    elapsedOf(func(c *Conversation, row int) (int64, bool) { return c.sentBy(row), true }),
}

// leftAt returns the first agentParticipantsLeave of the agent from its joining on.
func (c *Conversation) leftAt(row int) (int64, bool) {
	c.loadAgents()
	a := &c.agents[row]
	var left int64
	var found bool
	for v := range c.root.Get("agentParticipantsLeave").Elements() {
		if id := cell.TextOf(v.Get("agentId")); id == nil || string(id) != string(a.id) {
			continue
		}
		if at, ok := timeOf(v.Get("timeL")); ok && at >= a.joined && (!found || at < left) {
			left, found = at, true
		}
	}
	return left, found
}

// participation returns how long it lasted: until the agent left, else until the end of
// a closed conversation. One that began after that end, in the survey, is open until its
// agent leaves.
func (c *Conversation) participation(row int) (int64, bool) {
	end, ended := c.leftAt(row)
	if !ended {
		end, ended = c.endedAt()
		ended = ended && !c.isOpen()
	}
	joined := c.agents[row].joined
	return end - joined, ended && end >= joined
}

// sentBy counts the agent's messages of every dialog and audience while it took part.
func (c *Conversation) sentBy(row int) int64 {
	c.loadMessages()
	left, hasLeft := c.leftAt(row)
	a := &c.agents[row]
	var n int64
	for i := range c.messages {
		m := &c.messages[i]
		if m.agent != nil && string(m.agent) == string(a.id) && m.at >= a.joined && (!hasLeft || m.at <= left) {
			n++
		}
	}
	return n
}
