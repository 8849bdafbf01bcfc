package world

import "strconv"

// question is one of the survey's.
type question struct{ text, id, kind, format string }

var questions = [surveyQuestions]question{
	{"How satisfied were you with the service you’ve received?", "csat-1", "csat", "single"},
	{"How likely are you to recommend us to a friend? (0–10)", "nps-1", "nps", "single"},
	{"Was your issue resolved in this conversation?", "fcr-1", "fcr", "single"},
}

// surveyLine writes what the survey's bot asks and the consumer answers.
func (e *encoder) surveyLine(m *message) {
	if q := m.seq / 2; m.from == byConsumer {
		e.answer(q)
	} else {
		e.raw(questions[q].text)
	}
}

func (e *encoder) answer(q int) {
	t := &e.s.traits
	switch {
	case q == 0:
		e.b = strconv.AppendInt(e.b, t.csat, 10)
	case q == 1 && t.nps < 0:
		e.raw("no idea 🤷")
	case q == 1:
		e.b = strconv.AppendInt(e.b, t.nps, 10)
	case t.fcr:
		e.raw("yes")
	default:
		e.raw("no")
	}
}

// surveys writes conversationSurveys once the survey dialog is over.
func (e *encoder) surveys() {
	s := e.s
	if !s.hasSurvey() || !s.surveyOver() {
		return
	}
	status := "FILLED"
	if !s.times.filled {
		status = "TIMED_OUT"
	}
	e.text(`,"conversationSurveys":[{"surveyType":"PostSurvey","surveyStatus":"`, status)
	e.text(`,"dialogId":"`, string(s.surveyDialog[:]))
	e.uuid(`,"surveyId":"`, surveyID, 1)
	e.raw(`,"surveyData":[`)
	for i, q := range questions {
		if !s.times.filled {
			break
		}
		invalid := i == 1 && s.traits.nps < 0
		e.next(i)
		e.text(`{"question":"`, q.text)
		e.text(`,"questionId":"`, q.id)
		e.raw(`,"answer":"`)
		e.answer(i)
		if invalid {
			e.raw(`","answerId":"InvalidAnswer"`)
		} else {
			e.raw(`","answerId":"`)
			e.answer(i)
			e.raw(`"`)
		}
		e.text(`,"questionType":"`, q.kind)
		e.text(`,"questionFormat":"`, q.format)
		e.int(`,"answerSeq":`, int64(2*i+1))
		e.bool(`,"isValidAnswer":`, !invalid)
		e.raw(`}`)
	}
	e.raw(`]}]`)
}

// summary is written by agents after the end, for some.
func (e *encoder) summary() {
	if !e.s.traits.summary || !e.s.closed() || e.s.times.end+minuteMS > e.s.asOf {
		return
	}
	m := message{seed: mix(uint64(e.s.n)), from: byHuman, note: true}
	e.raw(`,"summary":{"text":"`)
	e.b = e.s.appendText(e.b, &m)
	e.int(`","lastUpdatedTime":`, e.s.times.end+minuteMS)
	e.raw(`}`)
}

// agentSurvey writes the inside of an agent survey.
func (e *encoder) agentSurvey(status, why string, at int64, answered bool) {
	a := &e.a.directory.agents[max(e.s.lastAgent(), 0)]
	e.text(`{"surveyStatus":"`, status)
	e.text(`,"statusReason":"`, why)
	e.text(`,"dialogId":"`, string(e.s.id[:]))
	e.uuid(`,"surveyId":"`, surveyID, e.s.n+2)
	e.raw(`,"acSurveyId":"3592872510","acSurveyName":"Wrap-up","acSurveyRevision":24`)
	e.int(`,"surveySkillId":`, e.a.directory.skillID(e.s.last().skill))
	e.text(`,"surveySkillName":"`, e.a.directory.skillName(e.s.last().skill))
	e.text(`,"assignedAgentId":"`, a.idText)
	e.text(`,"assignedAgentNickName":"`, a.nick)
	e.text(`,"assignedAgentName":"`, a.full)
	e.int(`,"lastUpdateTime":`, at)
	e.raw(`,"submittedAnswers":[`)
	if answered {
		e.raw(`{"questionText":"Reason – of contact?","questionId":"1568781637139","questionDefinition":"REGULAR_QUESTION",` +
			`"questionCategory":"FREE_TEXT","answers":[{"answer":"Delivery, \"late\"","answerId":"1568781637139"}]}`)
	}
	e.raw(`]}`)
}

func (e *encoder) agentSurveyed() bool {
	return e.s.traits.pendingAgentSurvey && e.s.lastAgent() != nobody && e.s.closed()
}

func (e *encoder) latestAgentSurvey() {
	if e.agentSurveyed() {
		e.raw(`,"latestAgentSurvey":`)
		e.agentSurvey("OPEN", "OPEN", e.s.times.end, false)
	}
}

func (e *encoder) previousAgentSurveys() {
	if e.agentSurveyed() && e.s.cast.n > 1 {
		e.raw(`,"previouslySubmittedAgentSurveys":[`)
		e.agentSurvey("SUBMITTED", "PARTIALLY_SUBMITTED", e.s.last().from, true)
		e.raw(`]`)
	}
}
