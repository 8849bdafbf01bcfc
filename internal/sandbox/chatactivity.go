package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"transporter/internal/sandbox/world"
)

// engagementTally counts chats by the moment they ended, in seconds of handling
// (Operational Realtime API, Engagement Activity).
type engagementTally struct{ interactive, silent, seconds, silentSeconds, connected int64 }

// answerEngagements is engactivity.
func answerEngagements(t *tenant, r liveRequest) map[string]any {
	all := t.world.LiveChats(r.whole.from, r.now)
	return bySkillAndAgent(r, func(s stretch, each func(skill, agent int64) []*engagementTally) {
		for i := range all {
			c := &all[i]
			if c.Answered < 0 || !s.holds(c.Answered) && !s.holds(c.Left) {
				continue
			}
			for _, one := range each(c.Skill, c.Agent) {
				one.add(c, s)
			}
		}
	}, (*engagementTally).metrics)
}

func (t *engagementTally) add(c *world.LiveChat, s stretch) {
	if s.holds(c.Answered) {
		t.connected++
	}
	seconds := (c.Left - c.Answered) / 1000
	switch {
	case c.Left < 0 || !s.holds(c.Left):
	case c.Interactive:
		t.interactive++
		t.seconds += seconds
	default:
		t.silent++
		t.silentSeconds += seconds
	}
}

func (t *engagementTally) metrics() metrics {
	return metrics{
		"totalInteractiveChats": t.interactive, "totalNonInteractiveChats": t.silent, "totalHandlingTime": t.seconds,
		"nonInteractiveTotalHandlingTime": t.silentSeconds, "connectedEngagements": t.connected,
	}
}

// parseAgentActivity reads GET or POST agentactivity, which wants agents.
func parseAgentActivity(req *http.Request, now int64) (liveRequest, error) {
	r, err := parseRounded(req, now)
	if err == nil && !r.agents.given {
		err = errors.New("agentIds: is required")
	}
	return r, err
}

// answerAgentActivity is agentactivity: how agents spent their time, by state.
func answerAgentActivity(t *tenant, r liveRequest) map[string]any {
	stints := t.world.Stints(r.whole.from, r.now, r.now)
	chats := t.world.LiveChats(r.whole.from, r.now)
	busy := map[int64][]stretch{}
	for _, c := range chats {
		if c.Answered >= 0 {
			busy[c.Agent] = append(busy[c.Agent], stretch{c.Answered, leftChat(&c, r.now)})
		}
	}
	count := func(s stretch) metrics {
		agents := map[int64]*stateTally{}
		for i := range stints {
			stint := &stints[i]
			id := t.world.Person(stint.Agent).ID
			if !r.agents.has(id) || s.overlap(stint.From, stint.To) == 0 {
				continue
			}
			if agents[id] == nil {
				agents[id] = &stateTally{}
			}
			agents[id].add(stint, s, busy[id])
		}
		states := metrics{}
		for id, tally := range agents {
			states[formatID(id)] = tally.states()
		}
		return metrics{"agentsMetrics": metrics{"metricsPerAgent": states, "metricsTotals": []any{}}}
	}
	if r.parts == nil {
		return count(r.whole)
	}
	answer := byInterval(r, intervalEnd, func(s stretch) metrics { return metrics{"metricsData": count(s)} })
	return with(answer, metrics{"agentsMetrics": metrics{"metricsPerAgent": metrics{}, "metricsTotals": []any{}}})
}

func leftChat(c *world.LiveChat, now int64) int64 {
	if c.Left < 0 {
		return now
	}
	return c.Left
}

// spent is time in milliseconds, and the part of it in chats.
type spent struct{ total, chatting int64 }

func (s *spent) add(total, chatting int64) { s.total, s.chatting = s.total+total, s.chatting+chatting }

// value is the time in seconds; agents of this account have no limit of chats to be at.
func (s spent) value() metrics {
	return metrics{
		"total": s.total / 1000, "chatting": s.chatting / 1000,
		"notChatting": (s.total - s.chatting) / 1000, "chattingInMaxConcurrency": 0,
	}
}

// stateTally is how one agent spent a stretch.
type stateTally struct {
	byStatus map[int]*spent
	reasons  map[int]*spent
}

func (t *stateTally) add(stint *world.Stint, s stretch, chats []stretch) {
	if t.byStatus == nil {
		t.byStatus, t.reasons = map[int]*spent{}, map[int]*spent{}
	}
	own := stretch{max(stint.From, s.from), min(stint.To, s.to)}
	total, chatting := own.to-own.from, union(chats, own)
	if t.byStatus[stint.Status] == nil {
		t.byStatus[stint.Status] = &spent{}
	}
	t.byStatus[stint.Status].add(total, chatting)
	if stint.Reason == world.NoReason {
		return
	}
	if t.reasons[stint.Reason] == nil {
		t.reasons[stint.Reason] = &spent{}
	}
	t.reasons[stint.Reason].add(total, chatting)
}

// union is how much of own the chats cover, however many there are at once.
func union(chats []stretch, own stretch) (covered int64) {
	sorted := slices.SortedFunc(slices.Values(chats), func(a, b stretch) int { return int(a.from - b.from) })
	at := own.from
	for _, c := range sorted {
		from, to := max(c.from, at), min(c.to, own.to)
		if to > from {
			covered += to - from
			at = to
		}
	}
	return covered
}

// The names of states, by the id of the API; −1 is the sum of the others.
var stateNames = map[int]string{world.Online: "Online", world.BackSoon: "Back soon", world.Away: "Away"}

func (t *stateTally) states() []metrics {
	var list []metrics
	var all spent
	for _, status := range []int{world.Online, world.BackSoon, world.Away} {
		one := t.byStatus[status]
		if one == nil {
			continue
		}
		state := metrics{"id": status, "name": stateNames[status], "value": one.value()}
		if status == world.Away {
			reasons := []metrics{}
			for reason := range world.AwayReasons {
				if r := t.reasons[reason]; r != nil {
					reasons = append(reasons, metrics{"id": strconv.Itoa(reason + 1), "value": r.value()})
				}
			}
			state["reasons"] = reasons
		}
		list = append(list, state)
		all.add(one.total, one.chatting)
	}
	return append(list, metrics{"id": noData, "name": "Logged in", "value": all.value()})
}
