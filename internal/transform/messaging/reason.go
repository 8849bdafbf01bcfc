package messaging

// Reasons for which segments start and end (G3, G4).
const (
	NewConversation  = "new_conversation"
	resumed          = "resume"
	agentTransfer    = "agent_transfer"
	skillTransfer    = "skill_transfer"
	takenFromQueue   = "taken_from_queue"
	backToQueue      = "back_to_queue"
	takeover         = "takeover"
	ClosedByAgent    = "closed_by_agent"
	ClosedByConsumer = "closed_by_consumer"
	closedBySystem   = "closed_by_system"
	other            = "other" // the record does not say
)

var (
	startReasons = map[string]string{
		reasonAgent: agentTransfer, reasonSkill: skillTransfer, reasonBack: takenFromQueue, reasonTimeout: takenFromQueue, reasonTake: takeover,
	}
	endReasons = map[string]string{
		reasonAgent: agentTransfer, reasonSkill: skillTransfer, reasonBack: backToQueue, reasonTimeout: backToQueue, reasonTake: takeover,
	}
	closeReasons = map[string]string{"AGENT": ClosedByAgent, "CONSUMER": ClosedByConsumer}
)

func reasonIn(reasons map[string]string, key, otherwise string) string {
	if r, ok := reasons[key]; ok {
		return r
	}
	return otherwise
}

// startReason returns why the i'th segment started: the first by who opened the
// conversation, any other by the last transfer since the start of the segment before.
func (c *Conversation) startReason(i int) string {
	c.loadSegments()
	if i == 0 {
		return c.openingReason()
	}
	return reasonIn(startReasons, c.transferBetween(c.segments[i-1].start, c.segments[i].start), other)
}

func (c *Conversation) openingReason() string {
	c.loadMessages()
	if len(c.said) > 0 && isAgent(&c.messages[c.said[0]]) {
		return resumed
	}
	return NewConversation
}

// transferBetween returns the reason of the last transfer from one moment to another,
// both included; empty if there is none.
func (c *Conversation) transferBetween(from, to int64) string {
	var reason string
	for _, t := range c.transfers {
		if t.at >= from && t.at <= to {
			reason = t.reason
		}
	}
	return reason
}

// endReason returns why the i'th segment ended; empty while it is open.
func (c *Conversation) endReason(i int) string {
	c.loadSegments()
	s := &c.segments[i]
	switch {
	case !s.ended:
		return ""
	case s.by >= 0:
		return reasonIn(endReasons, c.transfers[s.by].reason, other)
	case s.by == byNextAssignment:
		if next := c.startReason(i + 1); next != takenFromQueue {
			return next
		}
		return backToQueue
	}
	return c.closeReason()
}

func (c *Conversation) closeReason() string {
	return reasonIn(closeReasons, string(c.info.Get("closeReason").Text()), closedBySystem)
}
