package sandbox

import (
	"net/http"

	"transporter/internal/sandbox/world"
)

// segmentTally counts segments of conversations that ended within a stretch: skill segments
// are stays in a row with one skill, agent segments those with one agent (Messaging
// Operations API, Skill Segment and Agent Segment).
type segmentTally struct {
	total, interactive, abandoned, abandonedInQueue, silentConsumer, silentAgent int64

	messages, durations          []int64
	first, firstNew, firstHanded []int64 // from the assignment to the agent's first message
	responses                    []int64
}

// segment is one to be counted.
type segment struct {
	from, assigned, to int64
	skill, agent       int64
	transfer, last     bool
	conversation       *world.Live
}

func parseUnrounded(req *http.Request, now int64) (liveRequest, error) {
	q, err := queryOf(req)
	if err != nil {
		return liveRequest{}, err
	}
	return parseLive(q, now, unrounded)
}

// segmentsOf lists the segments that have ended; by skill, stays in a row with one skill are
// one segment.
func segmentsOf(c *world.Live, bySkill bool) (list []segment) {
	for i := range c.Stays {
		stay := &c.Stays[i]
		s := segment{stay.From, stay.Assigned, stay.To, stay.Skill, stay.Agent, stay.Transfer, i+1 == len(c.Stays), c}
		if last := len(list) - 1; bySkill && last >= 0 && list[last].skill == s.skill {
			if s.from, s.transfer = list[last].from, list[last].transfer; list[last].assigned >= 0 {
				s.assigned = list[last].assigned
			}
			list[last] = s
			continue
		}
		list = append(list, s)
	}
	return list
}

// add counts the segment by who wrote in it, and when.
func (t *segmentTally) add(s *segment) {
	var consumer, agent, awaited, firstAgent int64
	since := int64(noData) // of the consumer's message that awaits an answer
	for _, said := range s.conversation.Talk {
		switch {
		case said.At < s.from || said.At >= s.to:
		case said.Consumer:
			consumer++
			if awaited++; since < 0 {
				since = said.At
			}
		case s.assigned >= 0 && said.At >= s.assigned:
			if agent++; agent == 1 {
				firstAgent = said.At - s.assigned
			}
			if since >= 0 {
				t.responses = append(t.responses, said.At-max(since, s.assigned))
			}
			awaited, since = 0, noData
		}
	}
	t.total++
	t.durations = append(t.durations, s.to-max(s.assigned, s.from))
	t.messages = append(t.messages, agent)
	closed := ""
	if s.last {
		closed = s.conversation.ClosedBy
	}
	switch {
	case consumer > 0 && agent > 0:
		t.interactive++
	case closed == "CONSUMER" && agent == 0:
		t.abandoned++
		if s.assigned < 0 {
			t.abandonedInQueue++
		}
	case consumer == 0:
		t.silentConsumer++
	case awaited > 0:
		t.silentAgent++
	}
	if agent == 0 {
		return
	}
	t.first = append(t.first, firstAgent)
	if s.transfer {
		t.firstHanded = append(t.firstHanded, firstAgent)
	} else {
		t.firstNew = append(t.firstNew, firstAgent)
	}
}

func (t *segmentTally) ofSkill() metrics {
	return metrics{
		"totalSkillConversationSegments":                t.total,
		"skillSegmentsAbandonedByConsumers":             t.abandoned,
		"skillSegmentsAbandonedByConsumersInQueue":      t.abandonedInQueue,
		"skillSegmentsWithNonResponsiveConsumers":       t.silentConsumer,
		"skillSegmentsWithNonResponsiveAgents":          t.silentAgent,
		"interactiveSkillSegments":                      t.interactive,
		"avgTimetoFirstAgentMessageFromAgentAssignment": mean(t.first),
	}
}

func (t *segmentTally) ofAgent() metrics {
	return metrics{
		"totalAgentConversationSegments":                                t.total,
		"avgAgentMessagesinAgentSegment":                                mean(t.messages),
		"avgAgentSegmentDuration":                                       mean(t.durations),
		"interactiveAgentSegments":                                      t.interactive,
		"agentSegmentsAbandonedByConsumers":                             t.abandoned,
		"agentSegmentsWithNonResponsiveConsumers":                       t.silentConsumer,
		"agentSegmentsWithNonResponsiveAgents":                          t.silentAgent,
		"avgTimetoFirstAgentMessageFromAgentAssignment":                 mean(t.first),
		"avgTimetoFirstAgentMessageFromAgentAssignment_AfterTransfer":   mean(t.firstHanded),
		"avgTimetoFirstAgentMessageFromAgentAssignment_NewConversation": mean(t.firstNew),
		"avgTimeToResponseFromAgentAssignment":                          mean(t.responses),
	}
}

// answerSkillSegments is msgskillsegments; its intervals lack the layer metricsData.
func answerSkillSegments(t *tenant, r liveRequest) map[string]any {
	all := t.world.Live(r.whole.from, r.now)
	count := func(s stretch) metrics {
		var tally tallies[segmentTally]
		eachEnded(all, s, true, func(g *segment) {
			for _, one := range tally.of(g.skill) {
				one.add(g)
			}
		})
		out := metrics{"metricsTotal": tally.total.ofSkill()}
		if r.skills.given {
			out["skillsMetrics"] = metricsOf(tally.byID, r.skills, (*segmentTally).ofSkill)
		}
		return out
	}
	if r.parts == nil {
		return count(r.whole)
	}
	return with(byInterval(r, intervalStart, count), metrics{"timeframeSummary": count(r.whole)})
}

func eachEnded(all []*world.Live, s stretch, bySkill bool, visit func(*segment)) {
	for _, c := range all {
		for _, g := range segmentsOf(c, bySkill) {
			if g.to >= 0 && s.holds(g.to) && (bySkill || g.agent != 0) {
				visit(&g)
			}
		}
	}
}

// answerAgentSegments is msgagentsegments.
func answerAgentSegments(t *tenant, r liveRequest) map[string]any {
	all := t.world.Live(r.whole.from, r.now)
	count := func(s stretch) metrics {
		var g groups[segmentTally]
		eachEnded(all, s, false, func(one *segment) {
			if r.skills.has(one.skill) && r.agents.has(one.agent) {
				for _, tally := range g.of(one.skill, one.agent) {
					tally.add(one)
				}
			}
		})
		out := metrics{"metricsTotal": g.agents.total.ofAgent()}
		if r.agents.given {
			out["agentsMetrics"] = metrics{"metricsPerAgent": metricsOf(g.agents.byID, idSet{all: true}, (*segmentTally).ofAgent)}
		}
		if r.skills.given {
			out["metricsPerSkill"] = g.perSkill((*segmentTally).ofAgent)
		}
		return out
	}
	if r.parts == nil {
		return count(r.whole)
	}
	answer := byInterval(r, intervalStart, func(s stretch) metrics { return metrics{"metricsData": count(s)} })
	return with(answer, metrics{"timeframeSummary": count(r.whole)})
}
