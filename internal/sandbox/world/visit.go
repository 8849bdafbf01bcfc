package world

// campaignID and its like are strings on the wire; the line of business is a number.
func (e *encoder) campaign() {
	h := mix(uint64(e.s.n) ^ e.a.seed)
	k := int64(h % 7)
	e.int(`,"campaign":{"campaignEngagementId":"`, 2330596212+k)
	e.int(`","campaignEngagementName":"Engagement – `, k)
	e.int(`","campaignId":"`, 2266771712+k/2)
	e.int(`","campaignName":"Live_Chat, \"site\" `, k/2)
	e.raw(`","goalId":"2266719412","goalName":"Interact with visitors","engagementAgentNote":"","engagementSource":"WEB_SITE",` +
		`"visitorBehaviorId":"2379540212","visitorBehaviorName":"On site > 30 s","engagementApplicationName":"Web & App",` +
		`"engagementApplicationTypeName":"Mobile App","visitorProfileId":"2286779312","visitorProfileName":"All visitors"`)
	if l := h >> 16 % 5; l < uint64(len(e.a.directory.lobs)) {
		e.int(`,"lobId":`, e.a.directory.lobs[l].id)
		e.text(`,"lobName":"`, e.a.directory.lobs[l].name)
	} else {
		e.raw(`,"lobId":-1,"lobName":"NA"`)
	}
	e.raw(`,"locationId":"2266779612","locationName":"Entire site","profileSystemDefault":true,"behaviorSystemDefault":false}`)
}

var places = [][4]string{
	{"United States", "US", "Michigan", "Ann Arbor"},
	{"Deutschland", "DE", "Bayern", "München"},
	{"Côte d’Ivoire", "CI", "Abidjan", "Abidjan"},
	{"日本", "JP", "東京都", "渋谷区"},
	{"ישראל", "IL", "null", "תל אביב-יפו"},
}

func (e *encoder) monitoring() {
	h := mix(uint64(e.s.n) + e.a.seed)
	p := places[h%uint64(len(places))]
	e.text(`,"monitoring":{"country":"`, p[0])
	e.text(`,"countryCode":"`, p[1])
	e.text(`,"state":"`, p[2])
	e.text(`,"city":"`, p[3])
	e.raw(`,"isp":"Example Net","org":"undefined"`)
	e.text(`,"device":"`, devices[e.s.traits.device])
	e.int(`,"ipAddress":"203.0.113.`, int64(h>>8%250))
	e.text(`","browser":"`, browsers[e.s.traits.browser])
	e.text(`,"operatingSystem":"`, systemNames[e.s.traits.system])
	e.int(`,"conversationStartPage":"https://shop.example/c/`, int64(h>>16%500))
	e.raw(`?utm=a,b;c","conversationStartPageTitle":"Shop – “Sale”"}`)
}

// cobrowse writes the rare sessions on a shared screen.
func (e *encoder) cobrowse() {
	s := e.s
	agent := s.lastAgent()
	if !s.traits.cobrowse || agent == nobody || !s.closed() {
		return
	}
	from, to := s.times.start+(s.times.end-s.times.start)/3, s.times.start+(s.times.end-s.times.start)/2
	a := &e.a.directory.agents[agent]
	e.text(`,"coBrowseSessions":{"coBrowseSessionsList":[{"sessionId":"`, e.a.id)
	e.b = append(e.b[:len(e.b)-1], ':')
	e.raw(a.idText)
	e.raw(`__`)
	e.b = appendUUID(e.b, e.a.uuid(sessionID, s.n))
	e.int(`_`, from)
	e.raw(`"`)
	e.time(`,"startTime`, from)
	e.time(`,"endTime`, to)
	e.time(`,"interactiveTime`, from+secondMS)
	e.int(`,"endReason":"AGENT","duration":`, to-from)
	e.text(`,"type":"inApp","capabilities":["AGENT_APP_CONTROL"],"agentId":"`, a.idText)
	e.raw(`,"interactive":true}]}`)
}

// responseTimeLimit is the answer time the account promises, in milliseconds.
const responseTimeLimit = 5 * minuteMS

// responseTime says when an answer is due; −1 while it is the consumer's turn.
func (e *encoder) responseTime() {
	due := int64(-1)
	for i := len(e.s.messages) - 1; i >= 0; i-- {
		if m := &e.s.messages[i]; !m.survey {
			if m.from == byConsumer {
				due = m.at + responseTimeLimit
			}
			break
		}
	}
	e.int(`,"responseTime":{"latestEffectiveResponseDueTime":`, due)
	e.int(`,"configuredResponseTime":`, responseTimeLimit/secondMS)
	e.raw(`}`)
}
