package sandbox

import "transporter/internal/sandbox/world"

// keyTally are the numbers of one skill, agent group or agent (Key Messaging Metrics API,
// "metrics info"). Times are milliseconds.
type keyTally struct {
	// Of the time asked for.
	closed                 map[string]int64 // by who closed
	durations              []int64          // of the closed
	transfers, backToQueue int64
	answers, positive      int64   // to the question of satisfaction
	waits, firstWaits      []int64 // of consumers, for a human
	responses              []int64 // the same from the assignment on
	firstResponse          []int64 // from the first assignment of a human
	firstResponses         []int64 // from each
	// Of this moment.
	assigned, active, pending, overdueAssigned int64
	queued, overdueQueued                      int64
	queueWaits                                 []int64
	agents                                     []*working
}

// keyTallies counts for every skill, group or agent, whichever by returns.
type keyTallies struct {
	tallies[keyTally]
	q  *keyQuery
	by func(attributed) int64
}

func (t *keyTallies) each(who attributed, add func(*keyTally)) {
	if !t.q.wants(who) {
		return
	}
	for _, one := range t.of(t.by(who)) {
		add(one)
	}
}

// count adds what happened in the conversations during a stretch.
func (t *keyTallies) count(all []*world.Live, during stretch) {
	for _, c := range all {
		last := whose(&c.Stays[len(c.Stays)-1])
		if c.End >= 0 && during.holds(c.End) {
			t.each(last, func(k *keyTally) { k.close(c) })
		}
		if c.Answered >= 0 && during.holds(c.Answered) {
			t.each(last, func(k *keyTally) {
				k.answers++
				if c.CSAT >= 4 {
					k.positive++
				}
			})
		}
		for i := 1; i < len(c.Stays); i++ {
			if during.holds(c.Stays[i].From) {
				t.each(whose(&c.Stays[i-1]), func(k *keyTally) { k.leave(c.Stays[i].Reason) })
			}
		}
		t.countTalk(c, during)
	}
}

func whose(s *world.Stay) attributed {
	return attributed{skill: s.Skill, agent: s.Agent, group: s.Group, bot: s.Bot}
}

func (k *keyTally) close(c *world.Live) {
	if k.closed == nil {
		k.closed = map[string]int64{}
	}
	k.closed[c.ClosedBy]++
	k.durations = append(k.durations, c.End-c.Start)
}

// leave counts a hand-over by its reason; takeovers and suggestions that timed out are neither.
func (k *keyTally) leave(reason string) {
	switch reason {
	case "Skill", "Agent":
		k.transfers++
	case "back2Q":
		k.backToQueue++
	}
}

// countTalk adds humans' responses, each to the skill and group at its time: the first message
// after one or more of the consumer.
func (t *keyTallies) countTalk(c *world.Live, during stretch) {
	began, since, human := int64(noData), int64(noData), int64(noData) // the first message, the one that awaits an answer, the first human
	for i, place := 0, 0; i < len(c.Talk); i++ {
		m := &c.Talk[i]
		for place+1 < len(c.Stays) && c.Stays[place].To >= 0 && c.Stays[place].To <= m.At {
			place++
		}
		stay := &c.Stays[place]
		if stay.Assigned >= 0 && !stay.Bot && human < 0 {
			human = stay.Assigned
		}
		switch {
		case m.Consumer:
			if since < 0 {
				since = m.At
			}
			if began < 0 {
				began = m.At
			}
			continue
		case m.Bot || m.Agent != stay.Agent:
		default:
			t.respond(c, i, stay, during, began, since, human)
		}
		since = noData
	}
}

func (t *keyTallies) respond(c *world.Live, i int, stay *world.Stay, during stretch, began, since, human int64) {
	m := &c.Talk[i]
	if !during.holds(m.At) {
		return
	}
	first, firstHere := true, true
	for _, before := range c.Talk[:i] {
		if before.Agent != 0 && !before.Bot {
			first = false
			firstHere = firstHere && (before.At < stay.Assigned || before.Agent != stay.Agent)
		}
	}
	t.each(whose(stay), func(k *keyTally) {
		if since >= 0 {
			k.waits = append(k.waits, m.At-since)
			k.responses = append(k.responses, m.At-max(since, stay.Assigned))
		}
		if first && began >= 0 {
			k.firstWaits = append(k.firstWaits, m.At-began)
		}
		if first {
			k.firstResponse = append(k.firstResponse, m.At-human)
		}
		if firstHere {
			k.firstResponses = append(k.firstResponses, m.At-stay.Assigned)
		}
	})
}

// countNow adds the open conversations.
func (t *keyTallies) countNow(all []*world.Live, now int64) {
	for _, c := range all {
		if c.End >= 0 {
			continue
		}
		stay := &c.Stays[len(c.Stays)-1]
		said := len(c.Talk) > 0
		overdue := said && actionable(c, now) && now-c.Talk[len(c.Talk)-1].At > responseDueMS
		t.each(whose(stay), func(k *keyTally) {
			if stay.Assigned < 0 {
				k.queued++
				k.queueWaits = append(k.queueWaits, now-stay.From)
				k.overdueQueued += oneIf(overdue)
				return
			}
			k.assigned++
			k.active += oneIf(said && now-c.Talk[len(c.Talk)-1].At < responseDueMS)
			k.pending += oneIf(said && c.Talk[len(c.Talk)-1].Consumer)
			k.overdueAssigned += oneIf(overdue)
		})
	}
}

func oneIf(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}
