package world

import "transporter/internal/sandbox/history"

// closers are the pairs of closeReason and closeReasonDescription.
var closers = [...][2]string{
	closedByAgent:    {"AGENT", "MANUAL_CLOSE"},
	closedByConsumer: {"CONSUMER", "MANUAL_CLOSE"},
	closedBySystem:   {"SYSTEM", "TIMEOUT"},
}

func (e *encoder) info(partial bool) {
	s := e.s
	var f history.Facts
	s.times.facts(s.asOf, &f)
	e.b = e.b[:len(e.b)-1] // every field below brings its comma; the first opens the object
	mark := len(e.b)
	e.time(`,"startTime`, f.Start)
	e.b[mark] = '{'
	e.ending(`,"endTime`, f.End)
	e.ending(`,"conversationEndTime`, f.ConversationEnd)
	e.ending(`,"fullDialogEndTime`, f.FullDialogEnd)
	e.int(`,"duration":`, f.Duration)
	e.text(`,"conversationId":"`, string(s.id[:]))
	e.text(`,"brandId":"`, e.a.id)
	e.latest()
	e.origin()
	if f.Closed {
		c := closers[s.cast.closedBy]
		e.text(`,"closeReason":"`, c[0])
		e.text(`,"closeReasonDescription":"`, c[1])
	}
	e.int(`,"mcs":`, s.mcs())
	e.int(`,"alertedMCS":`, s.alerted())
	e.text(`,"status":"`, f.Status())
	full := "OPEN"
	if f.FullDialogEnd != history.Open {
		full = "CLOSE"
	}
	e.text(`,"fullDialogStatus":"`, full)
	e.bool(`,"firstConversation":`, e.a.consumer(s.n) == s.n)
	if v := s.csat(); v > 0 {
		e.int(`,"csatRate":`, v)
	}
	e.text(`,"latestQueueState":"`, s.queueState())
	e.bool(`,"isPartial":`, partial)
	e.bool(`,"pendingAgentSurvey":`, s.traits.pendingAgentSurvey)
	if name, label, ok := s.firstIntent(e.a); ok {
		e.b = append(appendUUID(append(e.b, `,"firstIntentName":"`...), name), '"')
		e.text(`,"firstIntentLabel":"`, label)
	}
}

// latest writes who has the conversation, or had it last.
func (e *encoder) latest() {
	d, g := &e.a.directory, e.s.last()
	if i := e.s.lastAgent(); i != nobody {
		a := &d.agents[i]
		e.text(`,"latestAgentId":"`, a.idText)
		e.text(`,"latestAgentNickname":"`, a.nick)
		e.text(`,"latestAgentFullName":"`, a.full)
		e.text(`,"latestAgentLoginName":"`, a.login)
		e.bool(`,"agentDeleted":`, a.deleted)
		e.int(`,"latestAgentGroupId":`, d.groups[a.group].id)
		e.text(`,"latestAgentGroupName":"`, d.groups[a.group].name)
	} else {
		e.raw(`,"latestAgentId":"null","agentDeleted":false,"latestAgentGroupId":-1,"latestAgentGroupName":"Unassigned"`)
	}
	e.int(`,"latestSkillId":`, d.skillID(g.skill))
	e.text(`,"latestSkillName":"`, d.skillName(g.skill))
}

// lastAgent is the latest assigned agent's index, or nobody.
func (s *story) lastAgent() int {
	for i := s.cast.n - 1; i >= 0; i-- {
		if a := s.cast.segments[i].agent; a != nobody {
			return a
		}
	}
	return nobody
}

// origin writes where the consumer came from.
func (e *encoder) origin() {
	t := &e.s.traits
	source := sources[t.source]
	e.text(`,"source":"`, source)
	e.text(`,"device":"`, devices[t.device])
	e.text(`,"browser":"`, browsers[t.browser])
	e.text(`,"operatingSystem":"`, systemNames[t.system])
	e.text(`,"language":"`, corpus[t.language].name)
	switch source {
	case "APP":
		e.raw(`,"integration":"mobile-sdk","integrationVersion":"6.17.0","appId":"ConsumerApp","appVersion":"null"`)
	case "SHARK":
		e.raw(`,"integration":"web-sdk","integrationVersion":"3.0.66","appId":"WebAgent"`)
	}
	e.raw(`,"features":["QUICK_REPLIES","RICH_CONTENT","PHOTO_SHARING"],"timeZone":"undefined"`)
	e.bool(`,"wasStepUp":`, t.unauth && t.agentFirst)
}
