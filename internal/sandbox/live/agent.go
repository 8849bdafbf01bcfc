package live

import "cmp"

// accept takes the conversation out of its queue.
func (e *Engine) accept(c *conversation, a *Act) error {
	if c.state() == stateClose {
		return ErrClosed
	}
	if p, ok := c.assigned(); ok {
		return invalid("accept: %s has the conversation; transfer it first", c.nameOf(p.ID))
	}
	e.assign(c, cmp.Or(a.Agent, defaultAgent))
	return nil
}

// assign gives the conversation to an agent, instead of who had it.
func (e *Engine) assign(c *conversation, name string) {
	at := e.touch(c)
	next := Participant{ParticipantID(c.account, name), RoleAssignedAgent}
	if before, ok := c.assigned(); ok {
		c.transfers = append(c.transfers, handOver{
			at: at, reason: reasonAgent, sourceSkill: c.skill, skill: c.skill,
			source: before, sourceName: c.nameOf(before.ID), target: next,
		})
	}
	c.depart(func(p Participant) bool { return p.Role == RoleAssignedAgent || p.ID == next.ID }, at)
	c.arrive(next, name, at)
	e.tell(c)
}

// join adds a manager, or a reader.
func (e *Engine) join(c *conversation, a *Act) error {
	role := cmp.Or(a.Role, RoleManager)
	switch {
	case c.state() == stateClose:
		return ErrClosed
	case a.Agent == "":
		return invalid("agent: is required to join")
	case role != RoleManager && role != RoleReader:
		return invalid("role: %q must be MANAGER or READER", role)
	}
	id := ParticipantID(c.account, a.Agent)
	if _, there := c.main().participant(id); there {
		return invalid("agent: %s already takes part", a.Agent)
	}
	c.arrive(Participant{id, role}, a.Agent, e.touch(c))
	e.tell(c)
	return nil
}

// leave takes out who acts; an assigned agent puts the conversation back into its queue.
func (e *Engine) leave(c *conversation, a *Act) error {
	who, err := e.actor(c, a)
	if err != nil {
		return err
	}
	if who.Role == RoleAssignedAgent {
		e.transfer(c, c.skill)
		return nil
	}
	c.depart(func(p Participant) bool { return p == who }, e.touch(c))
	e.tell(c)
	return nil
}

// pass transfers to another agent, or to the queue of a skill.
func (e *Engine) pass(c *conversation, a *Act) error {
	if _, err := e.actor(c, a); err != nil {
		return err
	}
	switch {
	case (a.To == "") == (a.Skill == ""):
		return invalid("transfer: needs either to, an agent, or skill")
	case a.To != "":
		e.assign(c, a.To)
	case !skillID.MatchString(a.Skill):
		return invalid("skill: %q must be -1 or up to 10 digits", a.Skill)
	default:
		e.transfer(c, a.Skill)
	}
	return nil
}

func (e *Engine) prioritize(c *conversation, a *Act) error {
	if c.state() == stateClose {
		return ErrClosed
	}
	if a.TTR == nil {
		return invalid("ttr: is required")
	}
	if err := a.TTR.check(); err != nil {
		return err
	}
	e.changeTTR(c, *a.TTR)
	return nil
}

func (e *Engine) finish(c *conversation, a *Act) error {
	if _, err := e.actor(c, a); err != nil {
		return err
	}
	e.closeDialog(c, c.main(), byAgent, "")
	return nil
}
