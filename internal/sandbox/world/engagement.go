package world

import (
	"strconv"
	"sync"

	"transporter/internal/sandbox/history"
)

// chatEncoder appends the JSON of one engagement.
type chatEncoder struct {
	pen
	a   *Account
	c   *chat
	g   *engagement
	i   int
	now int64
}

var transcripts = sync.Pool{New: func() any { return new(transcript) }}

// cutLines is how many lines of a huge chat searches show.
const cutLines = 100

// appendEngagement appends engagement i of chat n as searches at now see it.
func (a *Account) appendEngagement(dst []byte, n int64, i int, now int64, v history.View) []byte {
	var c chat
	a.chatOf(n, &c)
	t := transcripts.Get().(*transcript)
	defer transcripts.Put(t)
	a.transcript(&c, i, t)
	mcs := t.mcs
	partial := !v.Whole && (v.Cut || len(t.lines) > cutLines)
	if partial {
		t.lines = t.lines[:min(cutLines, len(t.lines)/2)]
	}
	e := chatEncoder{pen{dst}, a, &c, &c.engagements[i], i, now}
	e.raw(`{"info":{`)
	e.info(mcs, partial)
	e.raw(`}`)
	e.lines(t)
	e.campaign()
	e.visitorInfo()
	e.cobrowse()
	e.surveys()
	e.sdes()
	e.raw(`}`)
	return e.b
}

// enriched reports whether the attributes are final.
func (e *chatEncoder) enriched() bool { return e.g.end+e.c.enrich <= e.now }

func (e *chatEncoder) info(mcs int64, partial bool) {
	d, g := &e.a.directory, e.g
	agent := &d.agents[g.agent]
	e.b = e.b[:len(e.b)-1] // every field below brings its comma; the first opens the object
	mark := len(e.b)
	e.time(`,"startTime`, g.start)
	e.b[mark] = '{'
	e.time(`,"endTime`, g.end)
	e.int(`,"duration":`, g.seconds())
	e.text(`,"visitorId":"`, e.a.visitor(e.c.consumer))
	e.number(`,"visitorName":"Visitor `, e.c.consumer)
	e.text(`,"engagementId":"`, e.a.engagementID(e.c.number))
	e.text(`,"sharkEngagementId":"`, strconv.FormatUint(mix(uint64(e.c.number)^e.a.seed), 36))
	e.bool(`,"isInteractive":`, !e.c.silent)
	e.bool(`,"interactive":`, !e.c.silent)
	e.text(`,"accountId":"`, e.a.id)
	e.text(`,"agentId":"`, agent.idText)
	e.text(`,"agentNickName":"`, agent.nick)
	e.text(`,"agentLoginName":"`, agent.login)
	e.text(`,"agentFullName":"`, agent.full)
	e.bool(`,"agentDeleted":`, agent.deleted)
	e.int(`,"agentGroupId":`, d.groups[agent.group].id)
	e.text(`,"agentGroupName":"`, d.groups[agent.group].name)
	e.int(`,"skillId":`, d.skillID(g.skill))
	e.text(`,"skillName":"`, d.skillName(g.skill))
	e.time(`,"chatRequestedTime`, g.requested)
	e.number(`,"chatStartUrl":"https://shop.example/c/`, int64(mix(uint64(e.c.number))%500))
	e.raw(`,"chatStartPage":"Shop – “Sale”","channel":1`)
	e.number(`,"startReason":"`, int64(g.startReason))
	e.text(`,"startReasonDesc":"`, startReasons[g.startReason])
	e.number(`,"endReason":"`, int64(g.endReason))
	e.text(`,"endReasonDesc":"`, endReasons[g.endReason])
	e.int(`,"engagementSet":0,"engagementSequence":`, int64(e.i))
	e.surveysHeld()
	e.scores(mcs)
	e.bool(`,"isPartial":`, partial)
	e.bool(`,"ended":true,"chatDataEnriched":`, e.enriched())
}

// scores are null where the visitor said nothing.
func (e *chatEncoder) scores(mcs int64) {
	if e.c.silent {
		e.raw(`,"mcs":null,"alertedMCS":0,"chatMCS":-1`)
		return
	}
	e.int(`,"mcs":`, alertOf(mcs))
	e.int(`,"alertedMCS":`, alertOf(mcs))
	e.int(`,"chatMCS":`, mcs)
}

// campaign has neither application nor location; the line of business is a text where
// there is none.
func (e *chatEncoder) campaign() {
	h := mix(uint64(e.c.number) ^ e.a.seed)
	k := int64(h % 7)
	e.int(`,"campaign":{"campaignEngagementId":"`, 2330596212+k)
	e.int(`","campaignEngagementName":"Engagement – `, k)
	e.int(`","campaignId":"`, 2266771712+k/2)
	e.int(`","campaignName":"Live_Chat, \"site\" `, k/2)
	e.raw(`","goalId":"2266719412","goalName":"Interact with visitors","visitorBehaviorId":"2379540212",` +
		`"visitorBehaviorName":"On site > 30 s","visitorProfileId":"2286779312","visitorProfileName":"All visitors"`)
	if l := h >> 16 % 5; l < uint64(len(e.a.directory.lobs)) {
		e.int(`,"lobId":`, e.a.directory.lobs[l].id)
		e.text(`,"lobName":"`, e.a.directory.lobs[l].name)
		e.raw(`}`)
		return
	}
	e.raw(`,"lobId":"-1","lobName":"NA"}`)
}

func (e *chatEncoder) visitorInfo() {
	h := mix(uint64(e.c.number) + e.a.seed)
	p := places[h%uint64(len(places))]
	e.text(`,"visitorInfo":{"country":"`, p[0])
	e.text(`,"countryCode":"`, p[1])
	e.text(`,"state":"`, p[2])
	e.text(`,"city":"`, p[3])
	e.raw(`,"isp":"Example Net","org":"undefined"`)
	e.text(`,"device":"`, devices[h>>24%uint64(len(devices))])
	e.number(`,"ipAddress":"203.0.113.`, int64(h>>8%250))
	e.text(`,"browser":"`, browsers[h>>32%uint64(len(browsers))])
	e.raw(`,"browserType":"desktop"`)
	e.text(`,"operatingSystem":"`, systemNames[h>>40%uint64(len(systemNames))])
	e.raw(`}`)
}

// cobrowse writes the rare sessions on a shared screen.
func (e *chatEncoder) cobrowse() {
	h := mix(uint64(e.c.number)*3 + e.a.seed)
	if h%60 != 0 {
		return
	}
	from, to := e.g.start+(e.g.end-e.g.start)/3, e.g.start+(e.g.end-e.g.start)/2
	e.raw(`,"coBrowseSessions":{"coBrowseSessionsList":[{"sessionId":"`)
	e.b = appendUUID(e.b, e.a.uuid(sessionID, e.c.number))
	e.raw(`"`)
	e.time(`,"startTime`, from)
	e.time(`,"endTime`, to)
	interactive := h>>8%2 == 0
	if interactive {
		e.time(`,"interactiveTime`, from+secondMS)
	}
	//nolint:misspell // UNKOWN is how the source spells it
	e.text(`,"endReason":"`, []string{"UNKOWN", "SERVER", "VISITOR", "AGENT", "TIMEOUT"}[h>>16%5])
	e.int(`,"duration":`, to-from)
	e.bool(`,"interactive":`, interactive)
	e.raw(`}]}`)
}
