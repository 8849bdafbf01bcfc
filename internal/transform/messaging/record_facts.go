package messaging

import (
	"transporter/internal/transform/cell"
)

func openedBy(c *Conversation, _ int, out *cell.Cell) {
	c.loadMessages()
	switch {
	case len(c.said) == 0:
		out.SetNull()
	case isAgent(&c.messages[c.said[0]]):
		out.SetString("agent")
	default:
		out.SetString("consumer")
	}
}

func firstSkillID(c *Conversation, _ int, out *cell.Cell) {
	start, _ := c.startedAt()
	out.SetText(c.skillAt(start))
}

func firstSkillName(c *Conversation, _ int, out *cell.Cell) {
	start, _ := c.startedAt()
	out.SetText(c.skillName(c.skillAt(start)))
}

func skillPath(c *Conversation, _ int, out *cell.Cell) {
	out.BeginList()
	c.skillPath(out.Add)
}

func (c *Conversation) escalatedAt() (int64, bool) {
	if t := c.escalation(); t != nil {
		return t.at, true
	}
	return 0, false
}

func escalationReason(c *Conversation, _ int, out *cell.Cell) {
	out.SetNull()
	t := c.escalation()
	if t == nil {
		return
	}
	for m := range t.value.Get("contextData").Get("structuredMetadata").Elements() {
		if reason := m.Get("actionReason").Get("reason").Text(); reason != nil {
			out.SetText(reason)
			return
		}
	}
}

func (c *Conversation) firstSaid(holds func(*message) bool) (int64, bool) {
	i := c.find(0, holds)
	if i < 0 {
		return 0, false
	}
	return c.saidAt(i), true
}

// waitFor returns the time from the first consumer message to the next one that holds.
func (c *Conversation) waitFor(holds func(*message) bool) (int64, bool) {
	asked := c.find(0, isConsumer)
	if asked < 0 {
		return 0, false
	}
	answered := c.find(asked+1, holds)
	if answered < 0 {
		return 0, false
	}
	return c.saidAt(answered) - c.saidAt(asked), true
}

// waitFrom returns the time from a moment to the first message at or after it that holds.
func (c *Conversation) waitFrom(moment func(*Conversation) (int64, bool), holds func(*message) bool) (int64, bool) {
	from, ok := moment(c)
	if !ok {
		return 0, false
	}
	i := c.find(0, func(m *message) bool { return m.at >= from && holds(m) })
	if i < 0 {
		return 0, false
	}
	return c.saidAt(i) - from, true
}

func (c *Conversation) isInteractive() bool {
	agent := c.find(0, isAgent)
	return agent >= 0 && c.find(agent+1, isConsumer) >= 0
}

func (c *Conversation) isAbandoned() bool {
	asked := c.find(0, isConsumer)
	return asked == 0 && c.find(1, isAgent) < 0 // asked > 0: an agent opened it
}

func (c *Conversation) isAbandonedInQueue() bool {
	if !c.isAbandoned() || string(c.info.Get("closeReason").Text()) != "CONSUMER" {
		return false
	}
	first, assigned := c.firstAssigned()
	end, ended := c.endedAt()
	return !assigned || ended && first >= end
}

func npsClassFact(c *Conversation, _ int, out *cell.Cell) {
	c.loadSurveys()
	out.SetString(npsClass(c.answers.nps))
	nullUnless(out, c.answers.nps >= 0)
}

func fcr(c *Conversation, _ int, out *cell.Cell) {
	c.loadSurveys()
	out.SetBool(c.answers.fcr == 1)
	nullUnless(out, c.answers.fcr >= 0)
}
