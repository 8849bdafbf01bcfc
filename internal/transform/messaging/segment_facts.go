package messaging

import (
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// agentSegments are the rows of msg.assignments: interactions of MAIN.
func agentSegments(c *Conversation, yield func(jsonrec.Value, ...jsonrec.Value)) {
	c.loadSegments()
	for i := range c.segments {
		yield(c.interactions[i].value)
	}
}

var segmentFacts = map[string]Fact{
	"segment_ended_at": func(c *Conversation, row int, out *cell.Cell) {
		s := c.segment(row)
		out.SetTime(s.end)
		nullUnless(out, s.ended)
	},
	"segment_duration_ms": ofSegment(func(_ *Conversation, s *segment) (int64, bool) { return s.end - s.start, s.ended }),
	"segment_start_reason": func(c *Conversation, row int, out *cell.Cell) {
		out.SetString(c.startReason(row))
	},
	"segment_end_reason": func(c *Conversation, row int, out *cell.Cell) {
		out.SetString(c.endReason(row))
		nullUnless(out, c.segment(row).ended)
	},
	"segment_agent_type": func(c *Conversation, row int, out *cell.Cell) {
		setKind(out, c.agentKind(c.segment(row).agent))
	},
	"segment_agent_group_id":   segmentGroup("agentGroupId"),
	"segment_agent_group_name": segmentGroup("agentGroupName"),
	"segment_skill_id": func(c *Conversation, row int, out *cell.Cell) {
		out.SetText(c.skillAt(c.segment(row).start))
	},
	"segment_skill_name": func(c *Conversation, row int, out *cell.Cell) {
		out.SetText(c.skillName(c.skillAt(c.segment(row).start)))
	},
	"segment_queue_wait_ms":     elapsedOf((*Conversation).segmentWait),
	"segment_first_response_ms": elapsedOf((*Conversation).firstResponse),
	"segment_response_avg_ms": elapsedOf(func(c *Conversation, row int) (int64, bool) {
		r := c.responsesIn(row)
		if r.n == 0 {
			return 0, false
		}
		return r.mean(), true
	}),
	"segment_responses_agent": elapsedOf(func(c *Conversation, row int) (int64, bool) { return c.responsesIn(row).n, true }),
	"segment_messages_agent": elapsedOf(func(c *Conversation, row int) (int64, bool) {
		t := c.segmentTalk(row)
		return t.agents, true
	}),
	"segment_messages_consumer": elapsedOf(func(c *Conversation, row int) (int64, bool) {
		t := c.segmentTalk(row)
		return t.consumer, true
	}),
	"segment_is_interactive":            segmentOutcome(func(t *talk, _ string) bool { return t.interactive }),
	"segment_is_abandoned":              segmentOutcome((*talk).abandoned),
	"segment_is_nonresponsive_consumer": segmentOutcome(func(t *talk, _ string) bool { return t.nonresponsiveConsumer() }),
	"segment_is_nonresponsive_agent":    segmentOutcome((*talk).nonresponsiveAgent),
	"segment_handle_time_ms":            elapsedOf((*Conversation).handleTime),
	"segment_mcs_start":                 ofSegment(func(c *Conversation, s *segment) (int64, bool) { return c.scoreAt(s.start) }),
	"segment_mcs_end": ofSegment(func(c *Conversation, s *segment) (int64, bool) {
		score, ok := c.scoreAt(s.end)
		return score, ok && s.ended
	}),
}

func (c *Conversation) segment(row int) *segment {
	c.loadSegments()
	return &c.segments[row]
}

func (c *Conversation) segmentTalk(row int) talk {
	s := c.segment(row)
	return c.talkIn(s.span(), s.wrote)
}

// wrote reports whether an agent's message is by the segment's agent.
func (s *segment) wrote(m *message) bool {
	return m.kind != consumer && s.agent != nil && string(m.agent) == string(s.agent)
}

// elapsedOf makes a fact of a row's number that may be unknown.
func elapsedOf(f func(c *Conversation, row int) (int64, bool)) Fact {
	return func(c *Conversation, row int, out *cell.Cell) {
		n, ok := f(c, row)
		out.SetInt(n)
		nullUnless(out, ok)
	}
}

func ofSegment(f func(*Conversation, *segment) (int64, bool)) Fact {
	return elapsedOf(func(c *Conversation, row int) (int64, bool) { return f(c, c.segment(row)) })
}

func segmentGroup(key string) Fact {
	return func(c *Conversation, row int, out *cell.Cell) {
		out.SetNull()
		s := c.segment(row)
		if p := c.participantAt(s.agent, s.start); p != nil {
			out.SetText(cell.TextOf(p.value.Get(key)))
		}
	}
}

func segmentOutcome(holds func(t *talk, end string) bool) Fact {
	return func(c *Conversation, row int, out *cell.Cell) {
		t := c.segmentTalk(row)
		out.SetBool(holds(&t, c.endReason(row)))
		nullUnless(out, c.segment(row).ended)
	}
}

// setKind writes what an agent is; null if the record does not say.
func setKind(out *cell.Cell, k kind) {
	out.SetText(kindTexts[k])
	nullUnless(out, k != unknownAgent)
}
