package world

import "strconv"

// messages writes messageRecords.
func (e *encoder) messages() {
	e.raw(`,"messageRecords":[`)
	for i := range e.s.messages {
		e.next(i)
		e.message(&e.s.messages[i])
	}
	e.raw(`]`)
}

var formTypes = [...]string{
	plain: "TEXT_PLAIN", html: "TEXT_HTML", link: "LINK", hostedFile: "HOSTED_FILE", richContent: "RICH_CONTENT",
	formInvitation: "SECURE_FORM_INVITATION", formSubmit: "SECURE_FORM_SUBMIT", quickReplies: "TEXT_PLAIN",
}

func (e *encoder) message(m *message) {
	s := e.s
	e.text(`{"type":"`, formTypes[m.form])
	e.raw(`,"messageData":{`)
	e.data(m)
	e.raw(`}`)
	e.messageID(`,"messageId":"`, m)
	e.int(`,"seq":`, int64(m.seq))
	e.dialogOf(m)
	e.participantOf(m)
	e.text(`,"source":"`, sources[s.traits.source])
	e.time(`,"time`, m.at)
	e.raw(`,"device":"undefined"`)
	if m.note {
		e.raw(`,"audience":"AGENTS_AND_MANAGERS"`)
	} else {
		e.raw(`,"audience":"ALL"`)
	}
	if m.from == byConsumer {
		e.raw(`,"sentBy":"Consumer"}`)
		return
	}
	e.raw(`,"sentBy":"Agent"`)
	if m.from == byBot && !m.survey {
		e.botResponse(m)
	}
	e.raw(`}`)
}

// messageID numbers the main dialog's messages by conversation, the survey's by dialog.
func (e *encoder) messageID(key string, m *message) {
	e.b = append(e.b, key...)
	if m.survey {
		e.b = append(append(e.b, "ms::dialog:"...), e.s.surveyDialog[:]...)
	} else {
		e.b = append(append(e.b, "ms::conv:"...), e.s.id[:]...)
	}
	e.b = append(strconv.AppendInt(append(e.b, "::msg:"...), int64(m.seq), 10), '"')
}

func (e *encoder) dialogOf(m *message) {
	id := &e.s.id
	if m.survey {
		id = &e.s.surveyDialog
	}
	e.b = append(append(append(e.b, `,"dialogId":"`...), id[:]...), '"')
}

func (e *encoder) participantOf(m *message) {
	e.raw(`,"participantId":"`)
	if m.agent == nobody {
		e.b = append(e.b, e.s.consumer[:]...)
	} else {
		e.raw(e.a.directory.agents[m.agent].idText)
	}
	e.raw(`"`)
}

func (e *encoder) botResponse(m *message) {
	i := intentOf(m.seed)
	score := int64(m.seed >> 40 % 1000)
	e.raw(`,"contextData":{"rawMetadata":"[{\"type\":\"BotResponse\",\"intents\":[{\"id\":\"`)
	e.raw(intents[i])
	e.int(`\",\"confidence\":\"MEDIUM\",\"confidenceScore\":0.`, 100+score%900)
	e.raw(`}]}]","structuredMetadata":[{"botResponse":{"externalConversationId":"ext-`)
	e.b = strconv.AppendInt(e.b, e.s.n, 10)
	e.raw(`","businessCases":["Order status"],"intents":[{"id":"`)
	e.raw(intents[i])
	e.text(`","name":"`, intents[i])
	e.int(`,"confidence":"MEDIUM","confidenceScore":0.`, 100+score%900)
	e.raw(`}]}}]}`)
}

// scores writes messageScores of the consumer's messages.
func (e *encoder) scores() {
	e.raw(`,"messageScores":[`)
	n := 0
	for i := range e.s.messages {
		m := &e.s.messages[i]
		if m.from != byConsumer || m.survey || m.at+700 > e.s.asOf {
			continue
		}
		e.next(n)
		n++
		e.messageID(`{"messageId":"`, m)
		e.int(`,"messageRawScore":`, int64(m.raw))
		e.int(`,"mcs":`, m.mcs)
		e.time(`,"time`, m.at+700)
		e.raw(`}`)
	}
	e.raw(`]`)
}

// statuses writes messageStatuses: accepted at once, read a little later by most.
func (e *encoder) statuses() {
	e.raw(`,"messageStatuses":[`)
	n := 0
	for i := range e.s.messages {
		m := &e.s.messages[i]
		if m.survey || m.note {
			continue
		}
		e.status(m, &n, m.at+60, "ACCEPT")
		if m.seed%8 != 0 {
			e.status(m, &n, m.at+1000+int64(m.seed>>20%90_000), "READ")
		}
	}
	e.raw(`]`)
}

// status is reported by the other side.
func (e *encoder) status(m *message, n *int, at int64, word string) {
	if at > e.s.asOf {
		return
	}
	e.next(*n)
	*n++
	e.messageID(`{"messageId":"`, m)
	e.int(`,"seq":`, int64(m.seq))
	e.time(`,"time`, at)
	if m.from == byConsumer {
		reader := e.s.lastAgent()
		if reader == nobody {
			reader = 0
		}
		e.text(`,"participantId":"`, e.a.directory.agents[reader].idText)
		e.raw(`,"participantType":"Agent"`)
	} else {
		e.raw(`,"participantId":"`)
		e.b = append(e.b, e.s.consumer[:]...)
		e.raw(`","participantType":"Consumer"`)
	}
	e.text(`,"messageDeliveryStatus":"`, word)
	e.dialogOf(m)
	e.raw(`}`)
}
