package sandbox

import (
	"net/http"

	"transporter/internal/sandbox/world"
)

// The ways a conversation is closed, as msgconversation names them; CCP is the agent's
// workspace.
var closedBy = map[string]string{"AGENT": "_byCCP", "CONSUMER": "_byConsumer", "SYSTEM": "_bySystem"}

// resolvedTally counts closed conversations and their seconds, by the way they were closed.
type resolvedTally struct {
	count, seconds map[string]int64
}

// parseRounded reads a GET, or a POST with the same names in its body, whose intervals are
// stamped with their end.
func parseRounded(req *http.Request, now int64) (liveRequest, error) {
	q, err := queryOrBodyOf(req)
	if err != nil {
		return liveRequest{}, err
	}
	return parseLive(q, now, rounded)
}

// answerConversations is msgconversation: conversations closed, by their last skill and agent.
func answerConversations(t *tenant, r liveRequest) map[string]any {
	all := t.world.Live(r.whole.from, r.now)
	return bySkillAndAgent(r, func(s stretch, each func(skill, agent int64) []*resolvedTally) {
		for _, c := range all {
			if c.End < 0 || !s.holds(c.End) {
				continue
			}
			skill, agent := lastOf(c)
			for _, one := range each(skill, agent) {
				one.add(c)
			}
		}
	}, (*resolvedTally).metrics)
}

// lastOf is the skill and agent that the conversation ended with; agent -1 when nobody came.
func lastOf(c *world.Live) (skill, agent int64) {
	last := c.Stays[len(c.Stays)-1]
	if last.Agent == 0 {
		return last.Skill, noData
	}
	return last.Skill, last.Agent
}

func (t *resolvedTally) add(c *world.Live) {
	if t.count == nil {
		t.count, t.seconds = map[string]int64{}, map[string]int64{}
	}
	t.count[closedBy[c.ClosedBy]]++
	t.seconds[closedBy[c.ClosedBy]] += (c.End - c.Start) / 1000
}

func (t *resolvedTally) metrics() metrics {
	out, count, seconds := metrics{}, int64(0), int64(0)
	for _, by := range closedBy {
		out["resolvedConversations"+by] = t.count[by]
		out["totalHandlingTime_resolvedConversations"+by] = t.seconds[by]
		out["avgTime_resolvedConversations"+by] = orZero(t.seconds[by], t.count[by])
		count, seconds = count+t.count[by], seconds+t.seconds[by]
	}
	out["totalResolvedConversations"] = count
	out["totalHandlingTime_resolvedConversations"] = seconds
	out["avgTime_resolvedConversations"] = orZero(seconds, count)
	return out
}

// orZero is the average, zero of nothing: msgconversation has no placeholder.
func orZero(sum, count int64) float64 {
	if count == 0 {
		return 0
	}
	return float64(sum) / float64(count)
}
