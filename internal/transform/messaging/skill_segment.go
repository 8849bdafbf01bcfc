package messaging

import "transporter/internal/transform/jsonrec"

// skillSegment is the time of one skill with the conversation (G6).
type skillSegment struct {
	skill      []byte
	start, end int64
	ended      bool
	last       bool   // ends when the conversation does
	cause      string // reason of the transfer that brought the skill; empty: none did
}

// skillSegments are the rows of msg.skill_segments; they have no element of their own.
func skillSegments(c *Conversation, yield func(jsonrec.Value, ...jsonrec.Value)) {
	c.loadSkillSegments()
	for range c.skillSegments {
		yield(jsonrec.Value{})
	}
}

// loadSkillSegments cuts the conversation at every change of its skill. No segment
// starts before the one before it, and none ends before it starts.
func (c *Conversation) loadSkillSegments() {
	if c.have.skillSegments {
		return
	}
	c.loadSkills()
	c.loadEvents()
	c.have.skillSegments = true
	start, _ := c.startedAt() // the report's started_at must have one
	list := c.skillSegments[:0]
	list = append(list, skillSegment{skill: c.skills.first, start: start})
	for _, ch := range c.skills.changes {
		before := &list[len(list)-1]
		at := max(ch.at, before.start)
		before.end, before.ended = at, true
		list = append(list, skillSegment{skill: ch.to, start: at, cause: c.causeOf(ch)})
	}
	last := &list[len(list)-1]
	last.last = true
	if end, ended := c.endedAt(); ended && !c.isOpen() {
		last.end, last.ended = max(end, last.start), true
	}
	c.skillSegments = list
}

// causeOf returns the reason of the transfer that made the change.
func (c *Conversation) causeOf(ch skillChange) string {
	for _, t := range c.transfers {
		if t.at == ch.at && string(firstText(t.value, toKeys)) == string(ch.to) {
			return t.reason
		}
	}
	return ""
}

func (s *skillSegment) span() span { return span{s.start, s.end, !s.ended, s.ended && s.last} }

// Reasons of skill segments beside those of agent segments.
var skillReasons = map[string]string{reasonAgent: "agent_transfer_other_skill", reasonSkill: skillTransfer}

func (c *Conversation) skillStartReason(i int) string {
	if i == 0 {
		return c.openingReason()
	}
	return reasonIn(skillReasons, c.skillSegments[i].cause, other)
}

// skillEndReason returns why the i'th skill segment ended; it must have.
func (c *Conversation) skillEndReason(i int) string {
	if c.skillSegments[i].last {
		return c.closeReason()
	}
	return c.skillStartReason(i + 1)
}

// assignedIn calls yield with the interactions of the span.
func (c *Conversation) assignedIn(s span, yield func(*interaction)) {
	c.loadEvents()
	for k := range c.interactions {
		if i := &c.interactions[k]; s.has(i.at) {
			yield(i)
		}
	}
}

// firstAssignedIn returns the earliest assignment of the span.
func (c *Conversation) firstAssignedIn(s span) (int64, bool) {
	var first int64
	var found bool
	c.assignedIn(s, func(i *interaction) {
		if !found || i.at < first {
			first, found = i.at, true
		}
	})
	return first, found
}

// userTypeIn tells whether humans were assigned in the span, else whether bots were (G9).
func (c *Conversation) userTypeIn(s span) string {
	of := "none"
	c.assignedIn(s, func(i *interaction) {
		switch k := c.agentKind(i.agent); {
		case k == human:
			of = kindNames[human]
		case k == bot && of == "none":
			of = kindNames[bot]
		}
	})
	return of
}

// agentsIn counts the different agents that were assigned in the span.
func (c *Conversation) agentsIn(s span) int64 {
	seen := map[string]bool{}
	c.assignedIn(s, func(i *interaction) {
		if i.agent != nil {
			seen[string(i.agent)] = true
		}
	})
	return int64(len(seen))
}
