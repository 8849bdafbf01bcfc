package world

// reason is how a segment began; its words are the source's transfer reasons.
type reason uint8

const (
	opened reason = iota
	bySkill
	byAgent
	backToQueue
	suggestionTimedOut
	takeOver
)

var reasonNames = [...]string{"", "Skill", "Agent", "back2Q", "SuggestedAgentTimeout", "TakeOver"}

const (
	nobody  = -1 // no agent
	noSkill = -1 // the source's "Unassigned"

	mostSegments = 8
)

// segment is the stay of a conversation with one agent, or in a queue.
type segment struct {
	from, assigned, to int64
	skill, agent       int
	suggested          int // the agent a transfer named who did not accept
	reason             reason
	escalation         bool // a bot handed over
}

// cast is who dealt with a conversation, in order.
type cast struct {
	segments [mostSegments]segment
	n        int
	closedBy uint8
}

// Who closed; the source's closeReason.
const (
	closedByAgent uint8 = iota
	closedByConsumer
	closedBySystem
)

func (a *Account) cast(n int64, t *times, c *cast) {
	r := a.random(streamCast, n)
	c.n = 0
	d := &a.directory
	skill := r.below(len(d.skills))
	if r.chance(30) {
		skill = noSkill
	}
	bot := r.chance(380)
	if bot {
		c.add(segment{skill: skill, agent: 1 + r.below(bots)})
		if r.chance(420) {
			c.finish(&r, t, closer(&r, closedByConsumer))
			return
		}
		skill = r.below(len(d.skills))
	}
	next := segment{skill: skill, agent: a.pick(&r, skill)}
	if bot {
		next.reason, next.escalation = bySkill, true
	}
	if r.chance(45) {
		next.agent = nobody // nobody came
		c.add(next)
		c.finish(&r, t, closer(&r, closedByConsumer))
		return
	}
	c.add(next)
	a.handOver(&r, c)
	c.finish(&r, t, closer(&r, closedByAgent))
}

// handOver moves the conversation on, some of them several times.
func (a *Account) handOver(r *random, c *cast) {
	for c.n+2 <= mostSegments && r.chance(230) {
		last := c.segments[c.n-1]
		switch p := r.below(100); {
		case p < 45:
			s := r.below(len(a.directory.skills))
			c.add(segment{skill: s, agent: a.pick(r, s), reason: bySkill})
		case p < 62:
			c.add(segment{skill: last.skill, agent: a.pick(r, last.skill), reason: byAgent})
		case p < 82:
			c.add(segment{skill: last.skill, agent: a.pick(r, last.skill), reason: backToQueue})
		case p < 92:
			c.add(segment{skill: last.skill, agent: nobody, suggested: a.pick(r, last.skill), reason: byAgent})
			c.add(segment{skill: last.skill, agent: a.pick(r, last.skill), reason: suggestionTimedOut})
		default:
			c.add(segment{skill: last.skill, agent: a.pick(r, last.skill), reason: takeOver})
		}
	}
}

// pick draws a human who holds the skill.
func (a *Account) pick(r *random, skill int) int {
	d := &a.directory
	if skill == noSkill {
		return d.humans + r.below(len(d.agents)-d.humans)
	}
	holders := d.skills[skill].agents
	return holders[r.below(len(holders))]
}

func closer(r *random, usual uint8) uint8 {
	if r.chance(650) {
		return usual
	}
	return uint8(r.below(3))
}

func (c *cast) add(s segment) {
	c.segments[c.n] = s
	c.n++
}

// finish cuts the conversation's time among the segments.
func (c *cast) finish(r *random, t *times, by uint8) {
	c.closedBy = by
	var weights [mostSegments]int64
	var total int64
	for i := range c.n {
		weights[i] = r.between(20, 100)
		total += weights[i]
	}
	from, sum := t.start, int64(0)
	for i := range c.n {
		s := &c.segments[i]
		sum += weights[i]
		s.from, s.to = from, t.start+(t.end-t.start)*sum/total
		s.assigned = s.to
		if s.agent != nobody {
			s.assigned = s.from + queueWait(r, s)
		}
		from = s.to
	}
}

// queueWait is instant for bots and takeovers, up to twenty minutes for humans, and never
// more than a third of the segment.
func queueWait(r *random, s *segment) int64 {
	most := (s.to - s.from) / 3
	if s.reason == takeOver || s.agent >= 1 && s.agent <= bots {
		return min(most, r.between(20, 900))
	}
	return min(most, r.between(4*secondMS, 20*minuteMS))
}

// at cuts the cast to what had happened by asOf; at least the first segment stays.
func (c *cast) at(asOf int64) {
	for c.n > 1 && c.segments[c.n-1].from > asOf {
		c.n--
	}
	for i := range c.n {
		if s := &c.segments[i]; s.agent != nobody && s.assigned > asOf {
			s.agent = nobody // still in the queue
		}
	}
}
