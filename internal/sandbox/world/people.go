package world

// person writes the names and the id of agent i, with the commas between but none before.
func (e *encoder) person(a *agent) {
	e.text(`"agentFullName":"`, a.full)
	e.text(`,"agentNickname":"`, a.nick)
	e.text(`,"agentLoginName":"`, a.login)
	e.text(`,"agentId":"`, a.idText)
	e.bool(`,"agentDeleted":`, a.deleted)
	e.int(`,"userType":"`, int64(a.kind))
	e.text(`","userTypeName":"`, userTypeNames[a.kind])
	e.raw(`,"role":"AGENT"`)
	e.text(`,"agentGroupName":"`, e.a.directory.groups[a.group].name)
	e.int(`,"agentGroupId":`, e.a.directory.groups[a.group].id)
}

// stay is the participation of one agent.
type stay struct {
	agent      int
	from, to   int64
	left       bool
	permission string
}

// reader is how often a manager looks into a conversation.
const readersIn = 30 // of a thousand

// stays lists who took part: the assigned, now and then a reading manager, the survey's
// bot and the system user when they wrote.
func (e *encoder) stays(visit func(i int, p stay)) {
	s, i := e.s, 0
	emit := func(p stay) {
		p.left = p.to <= s.asOf
		visit(i, p)
		i++
	}
	for k := range s.segments() {
		g := &s.cast.segments[k]
		if g.agent != nobody {
			emit(stay{agent: g.agent, from: g.assigned, to: g.to, permission: "ASSIGNED_AGENT"})
		}
	}
	system, survey := false, false
	for k := range s.messages {
		m := &s.messages[k]
		if m.from == bySystem && !system {
			system = true
			emit(stay{agent: m.agent, from: m.at, to: s.times.end, permission: "READER"})
		}
		if m.survey && m.from == byBot && !survey {
			survey = true
			emit(stay{agent: m.agent, from: m.at, to: s.times.survey, permission: "ASSIGNED_AGENT"})
		}
	}
	r := e.a.random(streamSections, s.n)
	if r.chance(readersIn) && s.last().agent != nobody {
		emit(stay{agent: e.a.pick(&r, noSkill), from: s.last().assigned, to: s.last().to, permission: "READER"})
	}
}

// bot is the context a bot's participation carries.
const botContext = `,"contextData":{"rawMetadata":"[{\"type\":\"BotResponse\",\"businessCases\":[\"Order status\"]}]",` +
	`"structuredMetadata":[{"botResponse":{"externalConversationId":"ext-1","businessCases":["Order status"],"intents":[]}}]}`

func (e *encoder) stay(p *stay, at int64) {
	a := &e.a.directory.agents[p.agent]
	e.raw(`{`)
	e.person(a)
	e.time(`,"time`, at)
	e.text(`,"permission":"`, p.permission)
	e.text(`,"dialogId":"`, string(e.s.id[:]))
	if a.kind == botUser {
		e.raw(botContext)
	}
	e.raw(`}`)
}

func (e *encoder) participants() {
	e.raw(`,"agentParticipants":[`)
	e.stays(func(i int, p stay) { e.next(i); e.stay(&p, p.from) })
	e.raw(`]`)
}

func (e *encoder) participantsLeft() {
	e.some(`,"agentParticipantsLeave":[`, func(p *stay) (int64, bool) { return p.to, p.left })
}

func (e *encoder) participantsActive() {
	e.some(`,"agentParticipantsActive":[`, func(p *stay) (int64, bool) { return p.from, !p.left })
}

// some writes the stays that pick wants, at the time it says.
func (e *encoder) some(open string, pick func(*stay) (int64, bool)) {
	e.raw(open)
	n := 0
	e.stays(func(_ int, p stay) {
		if at, ok := pick(&p); ok {
			e.next(n)
			n++
			e.stay(&p, at)
		}
	})
	e.raw(`]`)
}

func (e *encoder) consumers() {
	s := e.s
	c := e.a.consumer(s.n)
	e.text(`,"consumerParticipants":[{"participantId":"`, string(s.consumer[:]))
	h := mix(uint64(c))
	e.text(`,"firstName":"`, visitorWords[h%uint64(len(visitorWords))])
	e.int(`,"lastName":"`, int64(h>>8%100_000))
	e.raw(`","token":"undefined"`)
	if h>>32%2 == 0 {
		e.int(`,"email":"visitor`, int64(h>>8%100_000))
		e.int(`@mail.example","phone":"+49 30 `, int64(h>>24%10_000_000))
		e.raw(`"`)
	} else {
		e.raw(`,"email":"undefined","phone":"0"`)
	}
	e.raw(`,"avatarURL":"undefined"`)
	e.time(`,"time`, s.times.start+8)
	e.time(`,"joinTime`, s.times.start+8)
	e.text(`,"consumerName":"`, visitorWords[h%uint64(len(visitorWords))])
	e.text(`,"dialogId":"`, string(s.id[:]))
	e.raw(`}]`)
}

var visitorWords = []string{"Visitor", "Besucher", "Visiteur", "زائر", "מבקר", "お客様", "访客", "Посетитель", "O'Guest-Núñez 🦊", "आगंतुक"}
