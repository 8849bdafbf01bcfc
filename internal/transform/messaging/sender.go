package messaging

import (
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// kind is who sent a message (R3).
type kind uint8

const (
	consumer kind = iota
	human
	bot
	system
	unknownAgent
)

var kindNames = [...]string{"consumer", "human", "bot", "system", "agent_unknown"}

// agent is one participation of an agent.
type agent struct {
	id     []byte
	kind   kind
	joined int64
	timed  bool // joined is known
	value  jsonrec.Value
}

var userTypes = map[string]kind{"0": system, "1": human, "2": bot}

// agentKind returns the kind of the first agentParticipants entry of the id, or
// unknownAgent.
func (c *Conversation) agentKind(id []byte) kind {
	if k, ok := c.participant(id); ok {
		return k
	}
	return unknownAgent
}

func (c *Conversation) loadAgents() {
	if !c.have.agents {
		c.have.agents, c.agents = true, c.agents[:0]
		for p := range c.root.Get("agentParticipants").Elements() {
			k, ok := userTypes[string(p.Get("userType").Text())]
			if !ok {
				k = unknownAgent
			}
			at, ok := timeOf(p.Get("timeL"))
			c.agents = append(c.agents, agent{cell.TextOf(p.Get("agentId")), k, at, ok, p})
		}
	}
}

// participantAt returns the latest participation of the agent that began by the moment,
// else its first one; nil if there is none.
func (c *Conversation) participantAt(id []byte, at int64) *agent {
	c.loadAgents()
	var first, latest *agent
	for i := range c.agents {
		a := &c.agents[i]
		if id == nil || string(a.id) != string(id) {
			continue
		}
		if first == nil {
			first = a
		}
		if a.timed && a.joined <= at && (latest == nil || a.joined >= latest.joined) {
			latest = a
		}
	}
	if latest == nil {
		return first
	}
	return latest
}

func (c *Conversation) participant(id []byte) (kind, bool) {
	if a := c.firstParticipation(id); a != nil {
		return a.kind, true
	}
	return unknownAgent, false
}

// firstParticipation returns the first agentParticipants entry of the id, nil if there
// is none.
func (c *Conversation) firstParticipation(id []byte) *agent {
	c.loadAgents()
	if id == nil {
		return nil
	}
	for i := range c.agents {
		if string(c.agents[i].id) == string(id) {
			return &c.agents[i]
		}
	}
	return nil
}

// assignedPermissions are those of agents that own the conversation, or may soon;
// every other stated permission is that of somebody who joined.
var assignedPermissions = map[string]bool{"ASSIGNED_AGENT": true, "ASSIGNED": true, "SUGGESTED_ASSIGNED_AGENT": true}

// joined counts the different agents who took part without being assigned.
func (c *Conversation) joined() int {
	seen := map[string]bool{}
	for p := range c.root.Get("agentParticipants").Elements() {
		permission, id := cell.TextOf(p.Get("permission")), cell.TextOf(p.Get("agentId"))
		if permission == nil || id == nil || assignedPermissions[string(permission)] || c.agentKind(id) == system {
			continue
		}
		seen[string(id)] = true
	}
	return len(seen)
}
