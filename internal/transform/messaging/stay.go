package messaging

import (
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// AgentStay is one segment of an agent (G1, G2) as intervals count it. Its bytes are valid
// until the next Reset.
type AgentStay struct {
	Agent, Employee, Login, Name []byte // of the agent, as far as the record names them
	Group, GroupName             []byte
	Skill                        []byte // at the start; nil if none is known
	Human                        bool
	From, To                     int64 // epoch milliseconds; To counts where Ended
	Ended                        bool
	Start, End                   string // why (G3, G4); End is empty while it is open

	First   bool  // the conversation's first
	Wait    int64 // in the queue before it, where Waited
	Waited  bool
	FromBot bool // the agent before was a bot

	FirstResponse int64 // where Answered; not after a takeover or a resumption (G7)
	Answered      bool
	Responses     int64 // and the sum of their times (R7)
	ResponseSum   int64
	Messages      int64 // of the agent, in it

	Interactive, Abandoned, SilentConsumer, SilentAgent bool // G10, of one that ended
}

// AgentStays calls yield with every agent segment, in the order of their assignments.
func (c *Conversation) AgentStays(yield func(*AgentStay)) {
	c.loadSegments()
	for i := range c.segments {
		s := &c.segments[i]
		t, r := c.segmentTalk(i), c.responsesIn(i)
		stay := AgentStay{
			Agent: s.agent, Skill: c.skillAt(s.start), Human: c.agentKind(s.agent) == human,
			From: s.start, To: s.end, Ended: s.ended, First: i == 0, Start: c.startReason(i), End: c.endReason(i),
			FromBot:   i > 0 && c.agentKind(c.segments[i-1].agent) == bot,
			Responses: r.n, ResponseSum: r.sum, Messages: t.agents,
		}
		stay.Wait, stay.Waited = c.segmentWait(i)
		stay.FirstResponse, stay.Answered = c.firstResponse(i)
		if s.ended {
			stay.Interactive, stay.Abandoned = t.interactive, t.abandoned(stay.End)
			stay.SilentConsumer, stay.SilentAgent = t.nonresponsiveConsumer(), t.nonresponsiveAgent(stay.End)
		}
		c.name(&stay)
		yield(&stay)
	}
}

// name takes what the record says of the agent then.
func (c *Conversation) name(s *AgentStay) {
	if p := c.participantAt(s.Agent, s.From); p != nil {
		s.Employee, s.Login, s.Name = textAt(p.value, "employeeId"), textAt(p.value, "agentLoginName"), textAt(p.value, "agentFullName")
		s.Group, s.GroupName = textAt(p.value, "agentGroupId"), textAt(p.value, "agentGroupName")
	}
}

// SkillStay is one segment of a skill (G6) as intervals count it. Its bytes are valid until
// the next Reset.
type SkillStay struct {
	Skill      []byte
	From, To   int64 // epoch milliseconds; To counts where Ended
	Ended      bool
	Start, End string // why; End is empty while it is open
	Last       bool   // the conversation ends with it

	HumanWait int64 // until the first message of a human agent, where Answered
	Answered  bool
	Agents    int64 // different ones that were assigned

	Interactive, Abandoned, SilentConsumer, SilentAgent bool // G10, of one that ended
}

// SkillStays calls yield with every skill segment, in order of time; one without a known skill
// has none.
func (c *Conversation) SkillStays(yield func(*SkillStay)) {
	c.loadSkillSegments()
	for i := range c.skillSegments {
		s := &c.skillSegments[i]
		t := c.skillTalk(s)
		stay := SkillStay{
			Skill: s.skill, From: s.start, To: s.end, Ended: s.ended, Last: s.last,
			Start: c.skillStartReason(i), Agents: c.agentsIn(s.span()),
		}
		stay.HumanWait, stay.Answered = c.humanWait(s)
		if s.ended {
			stay.End = c.skillEndReason(i)
			stay.Interactive, stay.Abandoned = t.interactive, t.abandoned(stay.End)
			stay.SilentConsumer, stay.SilentAgent = t.nonresponsiveConsumer(), t.nonresponsiveAgent(stay.End)
		}
		yield(&stay)
	}
}

// Said is one visible message of the conversation proper that no system sent (R1, R4, R5).
type Said struct {
	At       int64
	Agent    []byte // nil: the consumer
	Human    bool
	Skill    []byte // that the conversation had then
	Response bool   // the first of an agent's turn after one of the consumer (R7)
}

// EachSaid calls yield with every message, in order (R2).
func (c *Conversation) EachSaid(yield func(Said)) {
	c.loadTurns()
	for place, i := range c.said {
		m := &c.messages[i]
		s := Said{At: m.at, Agent: m.agent, Human: m.kind == human, Skill: c.skillAt(m.at)}
		if t := &c.turns[m.turn-1]; t.said == place {
			s.Response = t.agent && t.wait >= 0
		}
		yield(s)
	}
}

// EachReturn calls yield with every transfer back to the queue, and the skill that it was of.
func (c *Conversation) EachReturn(yield func(at int64, skill []byte)) {
	c.loadEvents()
	for _, t := range c.transfers {
		if t.reason == reasonBack || t.reason == reasonTimeout {
			yield(t.at, c.skillAt(t.at))
		}
	}
}

// Ended returns when the conversation itself ended; false while it is open.
func (c *Conversation) Ended() (int64, bool) {
	at, ok := c.endedAt()
	return at, ok && !c.isOpen()
}

// Ratings are the latest valid answers of the surveys (R8); -1 where there is none.
type Ratings struct{ CSAT, NPS, FCR int64 }

// Ratings returns them; the platform's own CSAT counts before the answers.
func (c *Conversation) Ratings() Ratings {
	c.loadSurveys()
	r := Ratings{CSAT: -1, NPS: c.answers.nps, FCR: c.answers.fcr}
	if n, ok := c.csat(); ok {
		r.CSAT = n
	}
	return r
}

// Start returns when the conversation began.
func (c *Conversation) Start() (int64, bool) { return c.startedAt() }

func textAt(v jsonrec.Value, key string) []byte { return cell.TextOf(v.Get(key)) }

// Check returns what makes the record unfit to be counted by intervals; nil if nothing does.
// After it, no stay and no message brings up another defect.
func (c *Conversation) Check() *jsonrec.Defect {
	if string(c.info.Get("isPartial").Text()) == "true" {
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
