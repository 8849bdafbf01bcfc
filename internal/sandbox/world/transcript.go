package world

// line is one line of a transcript.
type line struct {
	message
	control int // the source's controlType
	kind    int // index of lineKinds
	canned  int64
}

// The source's control types, as its sample has them.
const (
	ordinary  = 0
	connected = 3
	waiting   = 4
	closing   = 5
)

var lineKinds = [...]string{plain: "plain", html: "html", link: "url", richContent: "rich-content"}

// transcript is what was said in one engagement.
type transcript struct {
	lines  []line
	mcs    int64
	scored bool // lines carry sequence numbers and scores; some records lack both
}

const (
	fewestLines   = 2
	usualLines    = 10
	hugeChatLines = 240
)

// transcript makes the lines of engagement i, evenly over its time.
func (a *Account) transcript(c *chat, i int, t *transcript) {
	g := &c.engagements[i]
	r := a.random(streamChatLines, c.number*mostEngagements+int64(i))
	*t = transcript{lines: t.lines[:0], mcs: r.between(20, 80), scored: !r.chance(120)}
	count := fewestLines + r.below(usualLines)
	if c.huge {
		count += hugeChatLines
	}
	if i == 0 {
		t.system(&r, g.requested, waiting)
	}
	t.system(&r, g.start, connected)
	for k := range count {
		at := g.start + (g.end-g.start)*int64(k+1)/int64(count+2)
		t.talk(&r, c, g, at)
	}
	t.system(&r, g.end, closing)
}

func (t *transcript) system(r *random, at int64, control int) {
	t.lines = append(t.lines, line{message: message{at: at, seed: r.next(), agent: nobody, from: bySystem}, control: control})
}

// talk adds what the visitor or the agent says.
func (t *transcript) talk(r *random, c *chat, g *engagement, at int64) {
	l := line{message: message{at: at, seed: r.next(), agent: g.agent, from: byHuman}}
	if !c.silent && r.chance(520) {
		l.from, l.agent = byConsumer, nobody
		l.raw = r.below(5) - 2
		t.mcs = min(max(t.mcs+int64(l.raw)*5, 0), 100)
		l.mcs = t.mcs
		t.lines = append(t.lines, l)
		return
	}
	switch p := r.below(1000); {
	case p < 60:
		l.kind = int(html)
	case p < 100:
		l.kind = int(link)
	case p < 140:
		l.kind = int(richContent)
	case p < 300:
		l.canned = 1_400_000_000 + int64(r.below(1_000_000))
	case p < 360:
		l.canned = -1_400_000_000 - int64(r.below(1_000_000)) // a prepared text that was edited
	case p < 400:
		l.note = true
	}
	t.lines = append(t.lines, l)
}

// lines appends the lines and their scores.
func (e *chatEncoder) lines(t *transcript) {
	e.raw(`,"transcript":{"lines":[`)
	for i := range t.lines {
		e.next(i)
		e.line(t, i)
	}
	e.raw(`]}`)
	if !t.scored {
		return
	}
	e.raw(`,"lineScores":[`)
	n := 0
	for i := range t.lines {
		if l := &t.lines[i]; l.from == byConsumer {
			e.next(n)
			n++
			e.int(`{"lineSeq":"`, firstLineSeq+2*int64(i))
			e.int(`","lineRawScore":`, int64(l.raw))
			e.int(`,"mcs":`, l.mcs)
			e.raw(`}`)
		}
	}
	e.raw(`]`)
}

// firstLineSeq is the number of a transcript's first line; numbers skip.
const firstLineSeq = 78

func (e *chatEncoder) line(t *transcript, i int) {
	l := &t.lines[i]
	e.b = append(e.b, '{')
	mark := len(e.b) - 1
	e.b = e.b[:mark]
	e.time(`,"time`, l.at)
	e.b[mark] = '{'
	e.int(`,"controlType":`, int64(l.control))
	e.said(l)
	e.speaker(l)
	if l.note {
		e.raw(`,"subType":"ONLY_TO_REP"`)
	} else {
		e.raw(`,"subType":"REGULAR"`)
	}
	e.text(`,"textType":"`, lineKinds[l.kind])
	e.int(`,"cannedAnswerType":`, l.canned)
	if l.agent != nobody {
		e.int(`,"agentId":`, e.a.directory.agents[l.agent].id)
	} else {
		e.raw(`,"agentId":0`)
	}
	if t.scored {
		e.int(`,"lineSeq":"`, firstLineSeq+2*int64(i))
		e.raw(`"`)
	}
	e.raw(`}`)
}

func (e *chatEncoder) said(l *line) {
	switch l.kind {
	case int(richContent):
		e.int(`,"json":{"type":"vertical","elements":[{"type":"text","text":"Now on sale – `, int64(l.seed>>20%90))
		e.raw(`% off “everything”"},{"type":"button","title":"Add to cart","click":{"actions":[{"type":"publishText","text":"buy"}]}}]}`)
		return
	case int(link):
		e.int(`,"text":"https://help.example/articles/`, int64(l.seed>>12%1_000_000))
		e.raw(`"`)
		return
	case int(html):
		e.raw(`,"text":"<b>`)
		e.b = appendSaid(e.b, e.c.language, &l.message)
		e.raw(`</b><br/>"`)
		return
	}
	e.raw(`,"text":"`)
	e.b = appendSaid(e.b, e.c.language, &l.message)
	e.raw(`"`)
}

func (e *chatEncoder) speaker(l *line) {
	switch l.from {
	case byConsumer:
		e.int(`,"by":"Visitor `, e.c.consumer)
		e.raw(`","source":"visitor"`)
	case bySystem:
		e.raw(`,"by":"info","source":"system"`)
	default:
		e.text(`,"by":"`, e.a.directory.agents[l.agent].nick)
		e.raw(`,"source":"agent"`)
	}
}
