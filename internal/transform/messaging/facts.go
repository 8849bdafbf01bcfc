package messaging

import (
	"maps"

	"transporter/internal/transform/cell"
)

// Fact computes one derived value of a record, or of its row'th row: of the row'th
// element of the array that the report's rows are, or of its row'th derived row.
type Fact func(c *Conversation, row int, out *cell.Cell)

// Facts are the derived values by name. internal/report/data/facts.yaml defines them.
var Facts = func() map[string]Fact {
	all := map[string]Fact{}
	for _, some := range []map[string]Fact{
		conversationFacts, transferFacts, participantFacts, segmentFacts, skillSegmentFacts, transcriptFacts,
		surveyFacts, agentSurveyFacts, sdeFacts, elementFacts,
	} {
		maps.Copy(all, some)
	}
	return all
}()

var conversationFacts = map[string]Fact{
	"duration_ms":           spanOf((*Conversation).startedAt, (*Conversation).endedAt),
	"opened_by":             openedBy,
	"first_skill_id":        firstSkillID,
	"first_skill_name":      firstSkillName,
	"skill_path":            skillPath,
	"skills_count":          countOf((*Conversation).skillsCount),
	"agents_human_count":    countOf(func(c *Conversation) int64 { return c.assignedAgents(human) }),
	"agents_bot_count":      countOf(func(c *Conversation) int64 { return c.assignedAgents(bot) }),
	"agents_joined_count":   countOf(func(c *Conversation) int64 { return int64(c.joined()) }),
	"handled_by":            textOf((*Conversation).handledBy),
	"is_bot_contained":      boolOf(func(c *Conversation) bool { return c.handledBy() == "bot_only" }),
	"escalated_at":          timeFact((*Conversation).escalatedAt),
	"escalation_reason":     escalationReason,
	"messages_total":        countOf(func(c *Conversation) int64 { return c.countSaid(consumer, human, bot, system, unknownAgent) }),
	"messages_consumer":     countOf(func(c *Conversation) int64 { return c.countSaid(consumer) }),
	"messages_human":        countOf(func(c *Conversation) int64 { return c.countSaid(human) }),
	"messages_bot":          countOf(func(c *Conversation) int64 { return c.countSaid(bot) }),
	"responses_agent":       countOf(func(c *Conversation) int64 { return c.responsesOf(agentTurn).n }),
	"responses_consumer":    countOf(func(c *Conversation) int64 { return c.responsesOf(consumerTurn).n }),
	"first_assigned_at":     timeFact((*Conversation).firstAssigned),
	"queue_wait_total_ms":   elapsed((*Conversation).queueWait),
	"assigned_total_ms":     elapsed(func(c *Conversation) (int64, bool) { return c.assigned(false) }),
	"assigned_human_ms":     elapsed(func(c *Conversation) (int64, bool) { return c.assigned(true) }),
	"is_interactive":        boolOf((*Conversation).isInteractive),
	"is_abandoned":          boolOf((*Conversation).isAbandoned),
	"is_abandoned_in_queue": boolOf((*Conversation).isAbandonedInQueue),

	"first_consumer_message_at": timeFact(func(c *Conversation) (int64, bool) { return c.firstSaid(isConsumer) }),
	"first_agent_message_at":    timeFact(func(c *Conversation) (int64, bool) { return c.firstSaid(isAgent) }),
	"first_human_message_at":    timeFact(func(c *Conversation) (int64, bool) { return c.firstSaid(isHuman) }),

	"wait_first_assignment_ms":     spanOf((*Conversation).startedAt, (*Conversation).firstAssigned),
	"wait_first_agent_response_ms": elapsed(func(c *Conversation) (int64, bool) { return c.waitFor(isAgent) }),
	"wait_first_human_response_ms": elapsed(func(c *Conversation) (int64, bool) { return c.waitFor(isHuman) }),
	"wait_human_after_escalation_ms": elapsed(func(c *Conversation) (int64, bool) {
		return c.waitFrom((*Conversation).escalatedAt, isHuman)
	}),
	"time_first_response_from_assignment_ms": elapsed(func(c *Conversation) (int64, bool) {
		return c.waitFrom((*Conversation).firstAssigned, isAgent)
	}),

	"response_avg_ms":          meanOf(agentTurn),
	"response_human_avg_ms":    meanOf(humanTurn),
	"consumer_response_avg_ms": meanOf(consumerTurn),
	"response_max_ms": elapsed(func(c *Conversation) (int64, bool) {
		r := c.responsesOf(agentTurn)
		return r.max, r.n > 0
	}),

	"csat":          elapsed((*Conversation).csat),
	"nps":           elapsed(func(c *Conversation) (int64, bool) { c.loadSurveys(); return c.answers.nps, c.answers.nps >= 0 }),
	"nps_class":     npsClassFact,
	"fcr":           fcr,
	"survey_status": func(c *Conversation, _ int, out *cell.Cell) { out.SetText(c.surveyStatus()) },

	"message_is_system":        messageIsSystem,
	"message_sender_kind":      messageSenderKind,
	"message_skill_id":         messageSkillID,
	"message_skill_name":       messageSkillName,
	"message_turn_index":       messageTurnIndex,
	"message_is_first_in_turn": messageIsFirstInTurn,
	"message_response_time_ms": messageResponseTime,
	"message_accepted_at": func(c *Conversation, row int, out *cell.Cell) {
		a, _ := c.receipt(row)
		out.SetTime(a.at)
		nullUnless(out, a.ok)
	},
	"message_read_at": func(c *Conversation, row int, out *cell.Cell) {
		_, r := c.receipt(row)
		out.SetTime(r.at)
		nullUnless(out, r.ok)
	},
}

func nullUnless(out *cell.Cell, ok bool) {
	if !ok {
		out.SetNull()
	}
}

func countOf(f func(*Conversation) int64) Fact {
	return func(c *Conversation, _ int, out *cell.Cell) { out.SetInt(f(c)) }
}

func boolOf(f func(*Conversation) bool) Fact {
	return func(c *Conversation, _ int, out *cell.Cell) { out.SetBool(f(c)) }
}

func textOf(f func(*Conversation) string) Fact {
	return func(c *Conversation, _ int, out *cell.Cell) { out.SetString(f(c)) }
}

func timeFact(f func(*Conversation) (int64, bool)) Fact {
	return func(c *Conversation, _ int, out *cell.Cell) {
		t, ok := f(c)
		out.SetTime(t)
		nullUnless(out, ok)
	}
}

// elapsed makes a fact of a number that may be unknown.
func elapsed(f func(*Conversation) (int64, bool)) Fact {
	return func(c *Conversation, _ int, out *cell.Cell) {
		n, ok := f(c)
		out.SetInt(n)
		nullUnless(out, ok)
	}
}

// spanOf makes a fact of the time between two moments, null if one is unknown.
func spanOf(from, to func(*Conversation) (int64, bool)) Fact {
	return elapsed(func(c *Conversation) (int64, bool) {
		a, okA := from(c)
		b, okB := to(c)
		return b - a, okA && okB
	})
}

func meanOf(holds func(*turn) bool) Fact {
	return elapsed(func(c *Conversation) (int64, bool) {
		r := c.responsesOf(holds)
		if r.n == 0 {
			return 0, false
		}
		return r.mean(), true
	})
}
