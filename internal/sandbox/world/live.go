package world

import "transporter/internal/sandbox/history"

// Live is one conversation as the live APIs know it. Times are epoch milliseconds UTC; an
// end that has not come is history.Open.
type Live struct {
	Start, End int64
	ClosedBy   string // AGENT, CONSUMER or SYSTEM; empty while open
	First      bool   // the consumer’s first conversation
	Answered   int64  // when the survey was answered; history.Open if it was not
	CSAT       int64  // 1 to 5 when answered
	Stays      []Stay
	Talk       []Said // of the main dialog, visible to both sides, in order
}

// Stay is a part of a conversation: in the queue of a skill from From, with an agent from
// Assigned. A time that has not come is history.Open.
type Stay struct {
	From, Assigned, To int64
	Skill              int64 // -1: unassigned
	Agent              int64 // 0: nobody yet, or nobody came
	Group              int64 // of the agent
	Bot                bool
	Transfer           bool   // not the first
	Reason             string // of the transfer to here, as the history names it; empty of the first
	FromBot            bool   // the agent before was a bot
}

// Said is that somebody wrote.
type Said struct {
	At       int64
	Consumer bool
	Agent    int64 // 0 for consumers and the system
	Bot      bool
}

// Live lists the conversations that were alive, or had a survey answered, at or after since,
// as searches at now know them, oldest first.
func (a *Account) Live(since, now int64) (list []*Live) {
	query := &history.Query{End: history.Range{From: since, To: now, Set: true}}
	lo, hi := a.first(history.Oldest(now)), a.first(now+1)
	s := stories.Get().(*story)
	defer stories.Put(s)
	a.candidates(query, lo, hi, now, func(n int64) {
		asOf := a.asOf(n, now)
		if a.start(n) > asOf {
			return
		}
		a.tell(n, asOf, s)
		if !s.closed() || max(s.times.end, s.times.survey) >= since {
			list = append(list, s.live())
		}
	})
	return list
}

// Between lists the conversations that were under way at some time of [from, to), as searches
// at now know them.
func (a *Account) Between(from, to, now int64) (list []*Live) {
	s := stories.Get().(*story)
	defer stories.Put(s)
	a.around(from, to, func(n int64) {
		t, asOf := a.times(n), a.asOf(n, now)
		if t.start > asOf || t.end < from || t.start >= to {
			return
		}
		a.tell(n, asOf, s)
		list = append(list, s.live())
	})
	return list
}

func (s *story) live() *Live {
	l := &Live{Start: s.times.start, End: history.Open, Answered: history.Open, First: s.account.consumer(s.n) == s.n}
	if s.closed() {
		l.End, l.ClosedBy = s.times.end, closers[s.cast.closedBy][0]
	}
	if s.hasSurvey() && s.answered() {
		l.Answered, l.CSAT = s.times.survey, s.traits.csat
	}
	for i := range s.segments() {
		l.Stays = append(l.Stays, s.stayed(i))
	}
	for i := range s.messages {
		if m := &s.messages[i]; !m.survey && !m.note && m.from != bySystem {
			said := Said{At: m.at, Consumer: m.from == byConsumer}
			if !said.Consumer {
				agent := &s.account.directory.agents[m.agent]
				said.Agent, said.Bot = agent.id, agent.kind == botUser
			}
			l.Talk = append(l.Talk, said)
		}
	}
	return l
}

func (s *story) stayed(i int) Stay {
	d, g := &s.account.directory, &s.cast.segments[i]
	stay := Stay{From: g.from, Assigned: history.Open, To: history.Open, Skill: d.skillID(g.skill), Transfer: i > 0, Reason: reasonNames[g.reason], FromBot: g.escalation}
	if g.to <= s.asOf {
		stay.To = g.to
	}
	if g.agent != nobody {
		agent := &d.agents[g.agent]
		stay.Assigned, stay.Agent, stay.Group, stay.Bot = g.assigned, agent.id, d.groups[agent.group].id, agent.kind == botUser
	}
	return stay
}

// SkillIDs lists the skills, and -1 for what has none.
func (a *Account) SkillIDs() []int64 {
	ids := []int64{-1}
	for i := range a.directory.skills {
		ids = append(ids, a.directory.skills[i].id)
	}
	return ids
}
