package messaging

import "transporter/internal/transform/cell"

var skillSegmentFacts = map[string]Fact{
	"skill_segment_skill_id": func(c *Conversation, row int, out *cell.Cell) {
		out.SetText(c.skillSegment(row).skill)
	},
	"skill_segment_skill_name": func(c *Conversation, row int, out *cell.Cell) {
		out.SetText(c.skillName(c.skillSegment(row).skill))
	},
	"skill_segment_user_type": func(c *Conversation, row int, out *cell.Cell) {
		out.SetString(c.userTypeIn(c.skillSegment(row).span()))
	},
	"skill_segment_started_at": func(c *Conversation, row int, out *cell.Cell) {
		out.SetTime(c.skillSegment(row).start)
		_, started := c.startedAt()
		nullUnless(out, started)
	},
	"skill_segment_ended_at": func(c *Conversation, row int, out *cell.Cell) {
		s := c.skillSegment(row)
		out.SetTime(s.end)
		nullUnless(out, s.ended)
	},
	"skill_segment_duration_ms": ofSkill(func(_ *Conversation, s *skillSegment) (int64, bool) { return s.end - s.start, s.ended }),
	"skill_segment_start_reason": func(c *Conversation, row int, out *cell.Cell) {
		c.skillSegment(row)
		out.SetString(c.skillStartReason(row))
	},
	"skill_segment_end_reason": func(c *Conversation, row int, out *cell.Cell) {
		out.SetNull()
		if c.skillSegment(row).ended {
			out.SetString(c.skillEndReason(row))
		}
	},
	"skill_segment_first_assigned_at": func(c *Conversation, row int, out *cell.Cell) {
		at, ok := c.firstAssignedIn(c.skillSegment(row).span())
		out.SetTime(at)
		nullUnless(out, ok)
	},
	"skill_segment_wait_assignment_ms": ofSkill(func(c *Conversation, s *skillSegment) (int64, bool) {
		at, ok := c.firstAssignedIn(s.span())
		return at - s.start, ok
	}),
	"skill_segment_first_human_response_at": func(c *Conversation, row int, out *cell.Cell) {
		t := c.skillTalk(c.skillSegment(row))
		out.SetTime(t.firstHuman)
		nullUnless(out, t.humans > 0)
	},
	"skill_segment_wait_human_response_ms": ofSkill((*Conversation).humanWait),
	"skill_segment_agents_count":           ofSkill(func(c *Conversation, s *skillSegment) (int64, bool) { return c.agentsIn(s.span()), true }),
	"skill_segment_messages_consumer":      ofSkill(func(c *Conversation, s *skillSegment) (int64, bool) { return c.skillTalk(s).consumer, true }),
	"skill_segment_messages_human":         ofSkill(func(c *Conversation, s *skillSegment) (int64, bool) { return c.skillTalk(s).humans, true }),
	"skill_segment_messages_bot":           ofSkill(func(c *Conversation, s *skillSegment) (int64, bool) { return c.skillTalk(s).bots, true }),
	"skill_segment_is_interactive":         skillOutcome(func(t *talk, _ string, _ int64) bool { return t.interactive }),
	"skill_segment_is_abandoned":           skillOutcome(func(t *talk, end string, _ int64) bool { return t.abandoned(end) }),
	"skill_segment_is_abandoned_in_queue":  skillOutcome(func(t *talk, end string, agents int64) bool { return t.abandoned(end) && agents == 0 }),
	"skill_segment_is_nonresponsive_consumer": skillOutcome(func(t *talk, _ string, _ int64) bool {
		return t.nonresponsiveConsumer()
	}),
	"skill_segment_is_nonresponsive_agent": skillOutcome(func(t *talk, end string, _ int64) bool { return t.nonresponsiveAgent(end) }),
	"skill_segment_within_sl": func(c *Conversation, row int, out *cell.Cell) {
		out.SetNull()
		if wait, ok := c.humanWait(c.skillSegment(row)); ok && c.SLThresholdMS != nil {
			out.SetBool(wait <= *c.SLThresholdMS)
		}
	},
}

func (c *Conversation) skillSegment(row int) *skillSegment {
	c.loadSkillSegments()
	return &c.skillSegments[row]
}

// skillTalk looks at what every agent said under the skill.
func (c *Conversation) skillTalk(s *skillSegment) talk { return c.talkIn(s.span(), isAgent) }

// humanWait returns the time from the skill's start to the first message of a human.
func (c *Conversation) humanWait(s *skillSegment) (int64, bool) {
	t := c.skillTalk(s)
	return t.firstHuman - s.start, t.humans > 0
}

func ofSkill(f func(*Conversation, *skillSegment) (int64, bool)) Fact {
	return elapsedOf(func(c *Conversation, row int) (int64, bool) { return f(c, c.skillSegment(row)) })
}

func skillOutcome(holds func(t *talk, end string, agents int64) bool) Fact {
	return func(c *Conversation, row int, out *cell.Cell) {
		out.SetNull()
		if s := c.skillSegment(row); s.ended {
			t := c.skillTalk(s)
			out.SetBool(holds(&t, c.skillEndReason(row), c.agentsIn(s.span())))
		}
	}
}
