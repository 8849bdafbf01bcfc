package messaging

import "transporter/internal/transform/jsonrec"

// RowSource calls yield with every derived row of the record, in order: its element, and
// the objects around it that facts.yaml names in `with`.
type RowSource func(c *Conversation, yield func(element jsonrec.Value, around ...jsonrec.Value))

// Rows are the derived rows by name. internal/report/data/facts.yaml defines them.
var Rows = map[string]RowSource{
	"agent_segments": agentSegments,
	"skill_segments": skillSegments,
	"survey_answers": surveyAnswers,

	"agent_survey_answers": agentSurveyAnswers,
	"sde_events":           sdeEvents,
}
