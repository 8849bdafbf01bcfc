package world

import (
	"strconv"

	"transporter/internal/sandbox/history"
)

const (
	// conversationsPerChat is how many conversations an account has for each chat.
	conversationsPerChat = 4
	// mostEngagements is the first agent of a chat and those it was handed to.
	mostEngagements = 4

	// A usual engagement takes up to usualChat, and one chat in longChatEvery has one of
	// up to longestChat: longer than any window is short.
	usualChat     = 40 * minuteMS
	longChatEvery = 97
	longestChat   = 30 * hourMS
	mostChatWait  = 4 * minuteMS
	longestVisit  = longestChat + mostEngagements*(usualChat+mostChatWait)

	// Engagements are found within 5 minutes of their end, and their attributes are
	// whole within 2 hours of it.
	mostChatLag = 5 * minuteMS
	mostEnrich  = 2 * hourMS

	// One chat in hugeChatEvery has so many lines that searches cut it.
	hugeChatEvery = 499
)

// The source's reasons for the begin and the end of an engagement.
var (
	startReasons = map[int]string{0: "Visitor request", 1: "Transfer", 6: "Skill reassign"}
	endReasons   = map[int]string{
		101: "Transfer to another rep", 106: "Transfer to skill", 201: "Rep stopped chat", 202: "Rep disconnected",
		205: "Visitor disconnected", 208: "Visitor no longer in chat", 210: "Visitor closed chat",
	}
	lastReasons = []int{201, 201, 202, 205, 208, 210, 210, 210}
)

// engagement is the stay of a visitor with one agent.
type engagement struct {
	requested, start, end  int64
	skill, agent           int
	startReason, endReason int
}

func (g *engagement) seconds() int64 { return (g.end - g.start) / secondMS }

// chat is one visit with its engagements, whole, without regard to now.
type chat struct {
	number      int64
	engagements [mostEngagements]engagement
	n           int
	consumer    int64 // of the conversations too: chat and messaging have the same visitors
	language    int
	silent      bool // the visitor never wrote
	huge        bool
	lag, enrich int64 // after the end: found, and its attributes whole
}

// chatOf makes chat n. The visitor is one of those who wrote messages at about that time.
func (a *Account) chatOf(n int64, c *chat) {
	r := a.random(streamChat, n)
	*c = chat{number: n, consumer: a.consumer(n*conversationsPerChat + int64(r.below(conversationsPerChat)))}
	c.silent, c.huge = r.chance(60), (uint64(n)+a.seed>>16)%hugeChatEvery == 0
	c.lag, c.enrich = r.between(secondMS, mostChatLag), r.between(mostChatLag, mostEnrich)
	c.language = languageOf(&r)
	d := &a.directory
	g := engagement{requested: a.chats.start(n), skill: r.below(len(d.skills))}
	for {
		g.agent = a.pick(&r, g.skill)
		g.start = g.requested + r.between(800, mostChatWait)
		g.end = g.start + r.between(15*secondMS, usualChat)
		if c.n == 0 && (uint64(n)+a.seed)%longChatEvery == 0 {
			g.end = g.start + r.between(2*hourMS, longestChat)
		}
		if c.n+1 == mostEngagements || !r.chance(170) {
			g.endReason = lastReasons[r.below(len(lastReasons))]
			c.add(g)
			break
		}
		next := engagement{requested: g.end, skill: g.skill, startReason: 1}
		g.endReason = 101
		if r.chance(500) {
			next.skill, next.startReason, g.endReason = r.below(len(d.skills)), 6, 106
		}
		c.add(g)
		g = next
	}
}

func (c *chat) add(g engagement) {
	c.engagements[c.n] = g
	c.n++
}

// ended reports whether searches at now find engagement i.
func (c *chat) ended(i int, now int64) bool { return c.engagements[i].end+c.lag <= now }

// A session id has more digits than 32 bits hold; the step is prime, so that ids look
// scattered and never meet.
const (
	firstVisit = 4_294_982_965
	visitStep  = 1_000_003
)

// engagementID is the account's id and the session's, glued without a separator.
func (a *Account) engagementID(n int64) string {
	return a.id + strconv.FormatInt(firstVisit+n*visitStep, 10)
}

// chatNumber reads an engagement's id back.
func (a *Account) chatNumber(id string) (int64, bool) {
	if len(id) <= len(a.id) || id[:len(a.id)] != a.id {
		return 0, false
	}
	session, err := strconv.ParseInt(id[len(a.id):], 10, 64)
	session -= firstVisit
	return session / visitStep, err == nil && session >= 0 && session%visitStep == 0
}

func (a *Account) visitor(consumer int64) string {
	return strconv.FormatUint(mix(a.seed^uint64(consumer)), 36)
}

// chatFacts fills what filters look at in engagement i, but for the scores.
func (a *Account) chatFacts(c *chat, i int, f *history.ChatFacts) {
	g, d := &c.engagements[i], &a.directory
	*f = history.ChatFacts{
		EngagementID: a.engagementID(c.number), Visitor: a.visitor(c.consumer), Start: g.start, End: g.end, Duration: g.seconds(),
		Agent: d.agents[g.agent].id, Group: d.groups[d.agents[g.agent].group].id, Skill: d.skillID(g.skill), Interactive: !c.silent,
	}
}

// chatScores adds the scores, which the lines decide; none where the visitor is silent.
func (a *Account) chatScores(c *chat, i int, f *history.ChatFacts) {
	f.MCS = history.Open
	if c.silent {
		return
	}
	t := transcripts.Get().(*transcript)
	defer transcripts.Put(t)
	a.transcript(c, i, t)
	f.MCS, f.AlertedMCS = t.mcs, alertOf(t.mcs)
}
