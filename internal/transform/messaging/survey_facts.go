package messaging

import (
	"bytes"
	"math"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// surveyAnswers are the rows of msg.survey_answers: every answer with its survey, and a
// row without an element for a survey that has none.
func surveyAnswers(c *Conversation, yield func(jsonrec.Value, ...jsonrec.Value)) {
	c.answerRows = c.answerRows[:0]
	take := func(answer, survey jsonrec.Value) {
		c.answerRows = append(c.answerRows, answer)
		yield(answer, survey)
	}
	for s := range c.root.Get("conversationSurveys").Elements() {
		none := true
		for a := range s.Get("surveyData").Elements() {
			none = false
			take(a, s)
		}
		if none {
			take(jsonrec.Value{}, s)
		}
	}
}

var surveyFacts = map[string]Fact{
	"answer_is_missing": func(c *Conversation, row int, out *cell.Cell) {
		out.SetBool(c.answerRows[row] == jsonrec.Value{})
	},
	"answer_is_valid": func(c *Conversation, row int, out *cell.Cell) {
		v := c.answerRows[row]
		stated := v.Get("isValidAnswer").Text()
		invalid := bytes.Equal(v.Get("answerId").Text(), invalidAnswer)
		out.SetBool(string(stated) == "true" && !invalid)
		nullUnless(out, invalid || string(stated) == "true" || string(stated) == "false")
	},
	"answer_csat": answered(func(a answers) int64 { return a.csat }),
	"answer_nps":  answered(func(a answers) int64 { return a.nps }),
	"answer_fcr": func(c *Conversation, row int, out *cell.Cell) {
		a := readAnswer(c.answerRows[row])
		out.SetBool(a.fcr == 1)
		nullUnless(out, a.fcr >= 0)
	},
	"final_agent_id": func(c *Conversation, _ int, out *cell.Cell) {
		out.SetNull()
		if i := c.finalInteraction(); i != nil {
			out.SetText(i.agent)
		}
	},
	"final_agent_name": func(c *Conversation, _ int, out *cell.Cell) {
		out.SetNull()
		if i := c.finalInteraction(); i != nil {
			out.SetText(firstText(i.value, []string{"assignedAgentFullName", "agentFullName"}))
		}
	},
	"final_group_id": func(c *Conversation, _ int, out *cell.Cell) {
		out.SetNull()
		if i := c.finalInteraction(); i == nil {
			return
		} else if p := c.participantAt(i.agent, i.at); p != nil {
			out.SetText(cell.TextOf(p.value.Get("agentGroupId")))
		}
	},
	"final_skill_id": func(c *Conversation, _ int, out *cell.Cell) { out.SetText(c.finalSkill()) },
	"final_skill_name": func(c *Conversation, _ int, out *cell.Cell) {
		out.SetText(c.skillName(c.finalSkill()))
	},
}

func answered(score func(answers) int64) Fact {
	return elapsedOf(func(c *Conversation, row int) (int64, bool) {
		n := score(readAnswer(c.answerRows[row]))
		return n, n >= 0
	})
}

// finalInteraction returns the last assignment of MAIN, nil if there is none.
func (c *Conversation) finalInteraction() *interaction {
	c.loadEvents()
	if n := len(c.interactions); n > 0 {
		return &c.interactions[n-1]
	}
	return nil
}

// finalSkill returns the skill at the end of the conversation, or the latest so far.
func (c *Conversation) finalSkill() []byte {
	at := int64(math.MaxInt64)
	if end, ended := c.endedAt(); ended && !c.isOpen() {
		at = end
	}
	return c.skillAt(at)
}
