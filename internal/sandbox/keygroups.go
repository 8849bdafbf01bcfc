package sandbox

import (
	"net/http"
	"slices"

	"transporter/internal/sandbox/world"
)

// keyGroupsMethod is what POST metrics takes.
var keyGroupsMethod = keyMethod{
	userTypes: []string{"HUMAN", "BOT"}, groups: true,
	byTime: []string{
		"avg_wait_time", "avg_wait_time_first_response", "avg_time_to_response", "avg_time_to_first_response_first_assignment",
		"closed_conversations", "closed_by_agent", "closed_by_consumer", "auto_closed", "concluded_conversations", "csat", "avg_conversations_duration",
	},
	current: without(keyNow, "pending_agent_response", "pending_agent_response_rate", "max_slots"),
}

// keyGroups is POST metrics: numbers of skills or agent groups, and of all together.
func (s *Server) keyGroups(w http.ResponseWriter, r *http.Request) {
	a, q, ok := s.readKeyQuery(w, r, keyGroupsMethod)
	if !ok {
		return
	}
	p, err := keyPage(r, mostKeyGroups, 0)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	names, by := a.SkillNames(), func(who attributed) int64 { return who.skill }
	keys := a.SkillIDs()
	if q.GroupBy == "agentGroupId" {
		names, by = a.GroupNames(), func(who attributed) int64 { return who.group }
		keys = a.GroupIDs()
	}
	t := q.tally(a, by)
	for _, agent := range agentsNow(a, &agentQuery{AgentIDs: q.Filters.AgentIDs, AgentGroupIDs: q.Filters.AgentGroupIDs, SkillIDs: q.Filters.SkillIDs}, q.now) {
		t.total.agents = append(t.total.agents, agent)
		for _, key := range agent.keysOf(q.GroupBy) {
			k := t.of(key)[0]
			k.agents = append(k.agents, agent)
		}
	}
	answer := metrics{"metadata": keyMetadata(r, p, 0)}
	if q.wantsSection("all") {
		answer["all"] = q.values(&t.total)
	}
	if q.wantsSection("groupBy") && q.GroupBy != "" {
		groups := []metrics{}
		rows, count, _ := spoilingOf(r).rows(p, len(keys))
		for _, row := range rows {
			key, description := keys[row], escaped("NA")
			if name, ok := names[key]; ok {
				description = escaped(name)
			}
			groups = append(groups, metrics{"key": formatID(key), "keyDescription": description, "metrics": q.values(t.of(key)[0])})
		}
		answer["metadata"] = keyMetadata(r, p, count)
		answer["groupBy"] = metrics{"groupByField": q.GroupBy, "groups": groups}
	}
	writeJSON(w, http.StatusOK, answer)
}

// tally counts the time asked for and this moment.
func (q *keyQuery) tally(a *world.Account, by func(attributed) int64) *keyTallies {
	t, all := &keyTallies{q: q, by: by}, a.Live(q.during.from, q.now)
	t.count(all, q.during)
	t.countNow(all, q.now)
	return t
}

func (q *keyQuery) wantsSection(name string) bool {
	return len(q.ResponseSections) == 0 || slices.Contains(q.ResponseSections, name)
}

// keysOf are the groups that the agent's slots count in: every skill, or the agent group.
func (a *working) keysOf(groupBy string) (keys []int64) {
	if groupBy == "agentGroupId" {
		return []int64{a.Group}
	}
	for _, s := range a.Skills {
		keys = append(keys, s.ID)
	}
	return keys
}
