package chat

import (
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// answer is one element of the surveys, with the member that it is in.
type answer struct {
	kind  []byte
	value jsonrec.Value
}

// loadSurveys takes the answers in the order of the record, as the path $.surveys.*[] does.
func (e *Engagement) loadSurveys() {
	if e.have.surveys {
		return
	}
	e.have.surveys, e.answers = true, e.answers[:0]
	for kind, list := range e.root.Get("surveys").Members() {
		for v := range list.Elements() {
			e.answers = append(e.answers, answer{kind, v})
		}
	}
}

func answerSurveyKind(e *Engagement, row int, out *cell.Cell) {
	e.loadSurveys()
	out.SetText(e.answers[row].kind)
}

// invalidAnswer is the id that the source gives answers that do not fit the question.
const invalidAnswer = -2

func answerIsValid(e *Engagement, row int, out *cell.Cell) {
	e.loadSurveys()
	ids := e.answers[row].value.Get("answersId")
	if ids.Kind() != jsonrec.Array {
		out.SetNull()
		return
	}
	valid := true
	for id := range ids.Elements() {
		n, ok := cell.IntOf(id)
		valid = valid && (!ok || n != invalidAnswer)
	}
	out.SetBool(valid)
}
