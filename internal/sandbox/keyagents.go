package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"transporter/internal/sandbox/world"
)

// mostKeyAgents is what offset and limit of agent_view may be together.
const mostKeyAgents = 1000

// keyAgentsMethod is what POST agent_view takes, beside what only agents have.
var keyAgentsMethod = keyMethod{
	userTypes: []string{"SYSTEM", "HUMAN", "BOT"}, agents: true,
	byTime: append(without(keyByTime), "agent_status_duration", "agent_status_with_reason_duration", "agent_login_duration",
		"agent_online_duration", "intent_matched_rate", "fcr", "nps"),
	current: []string{
		"active_conversations", "assigned_conversations", "agent_load", "agent_current_status", "agent_current_status_start_time",
		"agent_current_status_reason", "agent_current_status_reason_start_time", "pending_agent_response", "pending_agent_response_rate",
		"available_slots", "max_slots",
	},
}

// attendance is an agent who was logged in during the time asked for.
type attendance struct {
	world.Staff
	stints []world.Stint
	now    *working // nil: logged out since
}

func (a *attendance) status() string {
	if a.now == nil {
		return "OFFLINE"
	}
	return statusWords[a.now.Status]
}

// keyAgents is POST agent_view: humans who were logged in, by id.
func (s *Server) keyAgents(w http.ResponseWriter, r *http.Request) {
	account, q, ok := s.readKeyQuery(w, r, keyAgentsMethod)
	if !ok {
		return
	}
	p, err := keyPage(r, mostKeyAgents, mostKeyAgents)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	list := q.attendances(account)
	t := q.tally(account, func(who attributed) int64 { return who.agent })
	rows, count, _ := spoilingOf(r).rows(p, len(list))
	records := []metrics{}
	for _, row := range rows {
		a := list[row]
		k := t.of(a.ID)[0]
		if a.now != nil {
			k.agents = []*working{a.now}
		}
		records = append(records, with(q.agentValues(a), q.values(k)))
	}
	writeJSON(w, http.StatusOK, metrics{"metadata": keyMetadata(r, p, count), "agentViewRecords": records})
}

// attendances are the agents asked for, by id; those who are logged out only on request.
func (q *keyQuery) attendances(account *world.Account) (list []*attendance) {
	f, byID := &q.Filters, map[int]*attendance{}
	present := map[int64]*working{}
	for _, a := range agentsNow(account, &agentQuery{}, q.now) {
		present[a.ID] = a
	}
	for _, s := range account.Stints(q.during.from, q.now+1, q.now) {
		if !s.Lasts && q.during.overlap(s.From, s.To) == 0 {
			continue
		}
		if byID[s.Agent] == nil {
			staff := account.Staff(s.Agent)
			byID[s.Agent] = &attendance{Staff: staff, now: present[staff.ID]}
		}
		byID[s.Agent].stints = append(byID[s.Agent].stints, s)
	}
	statuses := f.EffectiveAgentStatus
	if len(statuses) == 0 {
		statuses = []string{"ONLINE", "BACK_SOON", "AWAY"}
	}
	for _, a := range byID {
		var skills []int64
		for _, s := range a.Skills {
			skills = append(skills, s.ID)
		}
		if anyOf(f.AgentIDs, a.ID) && anyOf(f.AgentGroupIDs, a.Group) && anyOf(f.AgentSkillIDs, skills...) &&
			slices.Contains(statuses, a.status()) && (len(f.UserTypes) == 0 || slices.Contains(f.UserTypes, "HUMAN")) {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b *attendance) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// agentValues writes what only agents have: who they are and their statuses.
func (q *keyQuery) agentValues(a *attendance) metrics {
	out := metrics{"agentId": formatID(a.ID), "agentGroupId": a.Group}
	if fmt.Sprint(q.IncludeAgentMetadata) != "false" {
		skills := []metrics{}
		for _, s := range a.Skills {
			skills = append(skills, metrics{"skillId": s.ID, "skillName": escaped(s.Name)})
		}
		out["agentMetadata"] = metrics{
			"agentName": escaped(a.Name), "agentNickname": escaped(a.Name), "agentLoginName": escaped(a.Login),
			"agentGroupName": escaped(a.GroupName), "configuredMaxSlots": a.MaxSlots, "agentSkills": skills,
		}
	}
	byStatus, byReason, all := a.durations(q.during)
	online := byStatus[duration{"ONLINE", ""}]
	for name, value := range map[string]any{
		"agent_status_duration": listed(byStatus), "agent_status_with_reason_duration": listed(byReason),
		"agent_login_duration": all, "agent_online_duration": online,
	} {
		if slices.Contains(q.MetricsToRetrieveByTime, name) {
			out[durationNames[name]] = value
		}
	}
	return with(out, a.current(q.MetricsToRetrieveCurrentValue))
}

// durationNames are what the durations are called in answers.
var durationNames = map[string]string{
	"agent_status_duration": "agentStatusDurationList", "agent_status_with_reason_duration": "agentStatusWithReasonDurationList",
	"agent_login_duration": "loginDuration", "agent_online_duration": "onlineDuration",
}

// duration is a status, with a reason where they are told apart.
type duration struct{ status, reason string }

// durations are how long the agent was in each status within the stretch.
func (a *attendance) durations(during stretch) (byStatus, byReason map[duration]int64, all int64) {
	byStatus, byReason = map[duration]int64{}, map[duration]int64{}
	for _, s := range a.stints {
		ms := stretch{during.from, during.to - 1}.overlap(s.From, s.To)
		byStatus[duration{statusWords[s.Status], ""}] += ms
		byReason[duration{statusWords[s.Status], reasonID(s.Reason)}] += ms
		all += ms
	}
	return byStatus, byReason, all
}

// reasonID is the id of an away reason, NA of none.
func reasonID(reason int) string {
	if reason == world.NoReason {
		return "NA"
	}
	return strconv.Itoa(reason + 1)
}

// listed writes durations in the order of their texts.
func listed(of map[duration]int64) []metrics {
	out := []metrics{}
	for d, ms := range of {
		one := metrics{"agentStatus": d.status, "agentStatusDuration": ms}
		if d.reason != "" {
			one["agentStatusReasonId"] = d.reason
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(x, y metrics) int { return cmp.Compare(fmt.Sprint(x), fmt.Sprint(y)) })
	return out
}

// current are the agent's status and reason now.
func (a *attendance) current(asked []string) metrics {
	out := metrics{}
	values := map[string]any{"agent_current_status": a.status()}
	if a.now != nil {
		values["agent_current_status_start_time"] = a.now.From
		values["agent_current_status_reason"] = reasonID(a.now.Reason)
		values["agent_current_status_reason_start_time"] = a.now.From
	}
	for name, value := range values {
		if !slices.Contains(asked, name) {
			continue
		}
		if name == "agent_current_status_reason" {
			name += "_id" // as the published sample has it
		}
		out[camel(name)] = value
	}
	return out
}
