package world

// transfers writes every hand-over that has happened.
func (e *encoder) transfers() {
	s, d := e.s, &e.a.directory
	e.raw(`,"transfers":[`)
	n := 0
	for i := 1; i < s.cast.n; i++ {
		g, before := &s.cast.segments[i], &s.cast.segments[i-1]
		e.next(n)
		n++
		e.b = append(e.b, '{')
		mark := len(e.b) - 1
		e.b = e.b[:mark]
		e.time(`,"time`, g.from)
		e.b[mark] = '{'
		e.assignee(g)
		e.int(`,"targetSkillId":`, d.skillID(g.skill))
		e.text(`,"targetSkillName":"`, d.skillName(g.skill))
		e.text(`,"reason":"`, reasonNames[g.reason])
		e.int(`,"sourceSkillId":`, d.skillID(before.skill))
		e.text(`,"sourceSkillName":"`, d.skillName(before.skill))
		e.source(g, before)
		e.text(`,"dialogId":"`, string(s.id[:]))
		if g.escalation {
			e.raw(`,"contextData":{"rawMetadata":"[{\"type\":\"ActionReason\",\"reason\":\"Consumer asked for a human\",\"reasonId\":\"3\"}]",` +
				`"structuredMetadata":[{"actionReason":{"reason":"Consumer asked for a human"}}]}`)
		}
		e.raw(`}`)
	}
	e.raw(`]`)
}

// assignee is named by transfers to an agent and by takeovers; others have the word null.
func (e *encoder) assignee(g *segment) {
	i := g.agent
	if i == nobody && g.reason == byAgent {
		i = g.suggested
	}
	if g.reason != byAgent && g.reason != takeOver || i == nobody {
		e.raw(`,"assignedAgentId":"null"`)
		return
	}
	a := &e.a.directory.agents[i]
	e.text(`,"assignedAgentId":"`, a.idText)
	e.text(`,"assignedAgentLoginName":"`, a.login)
	e.text(`,"assignedAgentNickname":"`, a.nick)
	e.text(`,"assignedAgentFullName":"`, a.full)
}

// source is the agent the conversation leaves; a takeover is by the agent who takes.
func (e *encoder) source(g, before *segment) {
	i := before.agent
	if g.reason == suggestionTimedOut {
		i = before.suggested
	}
	if i == nobody {
		e.raw(`,"by":"null","sourceAgentId":"null"`)
		return
	}
	a := &e.a.directory.agents[i]
	by := a.idText
	if g.reason == takeOver && g.agent != nobody {
		by = e.a.directory.agents[g.agent].idText
	}
	e.text(`,"by":"`, by)
	e.text(`,"sourceAgentId":"`, a.idText)
	e.text(`,"sourceAgentFullName":"`, a.full)
	e.text(`,"sourceAgentLoginName":"`, a.login)
	e.text(`,"sourceAgentNickname":"`, a.nick)
}

// interactions writes every assignment.
func (e *encoder) interactions() {
	e.raw(`,"interactions":[`)
	n := 0
	for _, g := range e.s.segments() {
		if g.agent == nobody {
			continue
		}
		a := &e.a.directory.agents[g.agent]
		e.next(n)
		n++
		e.text(`{"assignedAgentId":"`, a.idText)
		e.text(`,"assignedAgentFullName":"`, a.full)
		e.text(`,"assignedAgentLoginName":"`, a.login)
		e.text(`,"assignedAgentNickname":"`, a.nick)
		e.time(`,"interactionTime`, g.assigned)
		e.int(`,"interactiveSequence":`, int64(n))
		e.text(`,"dialogId":"`, string(e.s.id[:]))
		e.raw(`}`)
	}
	e.raw(`]`)
}

// dialogs writes the main dialog, whose id is the conversation's, and the survey's.
func (e *encoder) dialogs() {
	s, d := e.s, &e.a.directory
	e.text(`,"dialogs":[{"dialogId":"`, string(s.id[:]))
	e.dialog(s.closed(), "MAIN", s.times.start, s.times.end, closers[s.cast.closedBy])
	e.int(`,"skillId":`, d.skillID(s.last().skill))
	e.text(`,"skillName":"`, d.skillName(s.last().skill))
	e.raw(`}`)
	if s.hasSurvey() {
		e.text(`,{"dialogId":"`, string(s.surveyDialog[:]))
		how := [2]string{"CONSUMER", "SURVEY_SUBMITTED"}
		if !s.times.filled {
			how = [2]string{"SYSTEM", "SURVEY_TIMEOUT"}
		}
		e.dialog(s.surveyOver(), "POST_SURVEY", s.times.end, s.times.survey, how)
		e.raw(`,"skillId":-1,"skillName":"Unassigned"}`)
	}
	e.raw(`]`)
}

func (e *encoder) dialog(over bool, kind string, from, to int64, how [2]string) {
	status, end := "OPEN", int64(-1)
	if over {
		status, end = "CLOSE", to
	}
	e.text(`,"status":"`, status)
	e.text(`,"dialogType":"`, kind)
	e.raw(`,"dialogChannelType":"MESSAGING"`)
	e.time(`,"startTime`, from)
	e.ending(`,"endTime`, end)
	if over {
		e.text(`,"closeReason":"`, how[0])
		e.text(`,"closeReasonDescription":"`, how[1])
	}
}
