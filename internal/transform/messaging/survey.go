package messaging

import (
	"bytes"
	"strings"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// answers are the latest valid answers of the record's surveys (R8); -1: none.
type answers struct{ csat, nps, fcr int64 }

// loadSurveys takes surveys and answers in the order of the record: a later valid
// answer replaces an earlier one.
func (c *Conversation) loadSurveys() {
	if c.have.surveys {
		return
	}
	c.have.surveys, c.answers = true, answers{-1, -1, -1}
	for s := range c.root.Get("conversationSurveys").Elements() {
		for a := range s.Get("surveyData").Elements() {
			c.answers.take(a)
		}
	}
}

// readAnswer returns what one answer says.
func readAnswer(v jsonrec.Value) answers {
	a := answers{-1, -1, -1}
	a.take(v)
	return a
}

var (
	invalidAnswer = []byte("InvalidAnswer")
	fcrAnswers    = map[string]int64{"yes": 1, "1": 1, "true": 1, "no": 0, "0": 0, "false": 0}
)

func (a *answers) take(v jsonrec.Value) {
	valid := v.Get("isValidAnswer")
	if valid.Kind() == jsonrec.False || string(valid.Text()) == "false" || bytes.Equal(v.Get("answerId").Text(), invalidAnswer) {
		return
	}
	answer := v.Get("answer")
	number, isNumber := cell.IntOf(answer)
	switch strings.ToLower(string(v.Get("questionType").Text())) {
	case "csat":
		if isNumber && number >= 1 && number <= 5 {
			a.csat = number
		}
	case "nps":
		if isNumber && number >= 0 && number <= 10 {
			a.nps = number
		}
	case "fcr":
		if b, ok := fcrAnswers[strings.ToLower(string(answer.Text()))]; ok {
			a.fcr = b
		}
	}
}

// csat prefers what the platform computed, under either of its two names.
func (c *Conversation) csat() (int64, bool) {
	for _, key := range []string{"csat", "csatRate"} {
		if n, ok := cell.IntOf(c.info.Get(key)); ok && n != -1 {
			return n, true
		}
	}
	c.loadSurveys()
	return c.answers.csat, c.answers.csat >= 0
}

// npsClass uses the cut-offs of the industry (R9).
func npsClass(n int64) string {
	switch {
	case n >= 9:
		return "promoter"
	case n >= 7:
		return "passive"
	}
	return "detractor"
}

func (c *Conversation) surveyStatus() []byte {
	var status []byte
	for s := range c.root.Get("conversationSurveys").Elements() {
		status = cell.TextOf(s.Get("surveyStatus"))
	}
	return status
}
