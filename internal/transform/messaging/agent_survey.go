package messaging

import (
	"bytes"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// agentSurveyRow is one row of msg.agent_survey_answers; without answers the survey has
// no question.
type agentSurveyRow struct {
	latest   bool
	question jsonrec.Value
}

// agentSurveyAnswers are the rows of msg.agent_survey_answers: those of the latest
// survey, then those of the ones before. The source lists the latest survey among those
// before as well once it is submitted; it is one.
func agentSurveyAnswers(c *Conversation, yield func(jsonrec.Value, ...jsonrec.Value)) {
	c.agentSurveyRows = c.agentSurveyRows[:0]
	latest := c.root.Get("latestAgentSurvey")
	var canonical []byte
	if latest.Kind() == jsonrec.Object {
		canonical = latest.AppendCanonical(nil)
		c.agentSurvey(latest, true, yield)
	}
	for s := range c.root.Get("previouslySubmittedAgentSurveys").Elements() {
		if canonical == nil || !bytes.Equal(s.AppendCanonical(nil), canonical) {
			c.agentSurvey(s, false, yield)
		}
	}
}

func (c *Conversation) agentSurvey(survey jsonrec.Value, latest bool, yield func(jsonrec.Value, ...jsonrec.Value)) {
	take := func(answer, question jsonrec.Value) {
		c.agentSurveyRows = append(c.agentSurveyRows, agentSurveyRow{latest, question})
		yield(answer, question, survey)
	}
	none := true
	for q := range survey.Get("submittedAnswers").Elements() {
		none = false
		if first := q.Get("answers").First(); first == (jsonrec.Value{}) {
			take(jsonrec.Value{}, q)
		}
		for a := range q.Get("answers").Elements() {
			take(a, q)
		}
	}
	if none {
		take(jsonrec.Value{}, jsonrec.Value{})
	}
}

var agentSurveyFacts = map[string]Fact{
	"agent_answer_is_missing": func(c *Conversation, row int, out *cell.Cell) {
		out.SetBool(c.agentSurveyRows[row].question == jsonrec.Value{})
	},
	"agent_survey_is_latest": func(c *Conversation, row int, out *cell.Cell) {
		out.SetBool(c.agentSurveyRows[row].latest)
	},
}
