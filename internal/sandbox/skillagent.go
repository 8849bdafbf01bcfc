package sandbox

// pair is a skill and one of its agents.
type pair struct{ skill, agent int64 }

// bySkillAndAgent answers the methods that group by skill and by agent: skillsMetricsPerAgent
// when skillIds are given, agentsMetrics when agentIds are, the totals alone when neither is
// (Operational Realtime API, Engagement Activity). collect calls each for everything that
// happened in a stretch, and adds it to the tallies that it gets.
func bySkillAndAgent[T any](r liveRequest, collect func(s stretch, each func(skill, agent int64) []*T), write func(*T) metrics) metrics {
	section := func(s stretch) metrics {
		var g groups[T]
		collect(s, func(skill, agent int64) []*T {
			if !r.skills.has(skill) || !r.agents.has(agent) {
				return nil
			}
			return g.of(skill, agent)
		})
		return g.metrics(r, write)
	}
	answer := metrics{}
	if r.parts != nil {
		answer = byInterval(r, intervalEnd, func(s stretch) metrics { return metrics{"metricsData": section(s)} })
	}
	return with(answer, section(r.whole))
}

// groups are tallies by skill, by agent and by both.
type groups[T any] struct {
	pairs  map[pair]*T
	skills tallies[T]
	agents tallies[T]
}

func (g *groups[T]) of(skill, agent int64) []*T {
	if g.pairs == nil {
		g.pairs = map[pair]*T{}
	}
	both := pair{skill, agent}
	if g.pairs[both] == nil {
		g.pairs[both] = new(T)
	}
	return append(append(g.skills.of(skill), g.agents.of(agent)...), g.pairs[both])
}

func (g *groups[T]) metrics(r liveRequest, write func(*T) metrics) metrics {
	out := metrics{}
	if r.skills.given {
		out["skillsMetricsPerAgent"] = metrics{"metricsPerSkill": g.perSkill(write), "metricsTotals": write(&g.skills.total)}
	}
	if r.agents.given {
		out["agentsMetrics"] = metrics{
			"metricsPerAgent": metricsOf(g.agents.byID, idSet{all: true}, write), "metricsTotals": write(&g.agents.total),
		}
	}
	if len(out) == 0 {
		out["metricsTotals"] = write(&g.skills.total)
	}
	return out
}

func (g *groups[T]) perSkill(write func(*T) metrics) metrics {
	out := metrics{}
	for skill, total := range g.skills.byID {
		agents := metrics{}
		for both, one := range g.pairs {
			if both.skill == skill {
				agents[formatID(both.agent)] = write(one)
			}
		}
		out[formatID(skill)] = metrics{"metricsPerAgent": agents, "metricsTotals": write(total)}
	}
	return out
}
