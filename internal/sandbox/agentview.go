package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"transporter/internal/sandbox/world"
)

// mostAgents is the longest page of agents (Agent Metrics API, "limit").
const mostAgents = 2500

// The words of statuses.
var statusWords = map[int]string{world.Online: "ONLINE", world.BackSoon: "BACK_SOON", world.Away: "AWAY"}

// agentQuery is the body of the Agent Metrics API.
type agentQuery struct {
	Status        []string `json:"status"`
	AgentIDs      []number `json:"agentIds"`
	SkillIDs      []number `json:"skillIds"`
	AgentGroupIDs []number `json:"agentGroupIds"`
}

// working is a logged-in agent now.
type working struct {
	world.Staff
	world.Stint
	open, intense int64 // conversations
}

// load is the share of slots in use, in percent.
func (a *working) load() int64 { return a.open * 100 / a.MaxSlots }

// agentsNow lists who is logged in and wanted, by id.
func agentsNow(w *world.Account, f *agentQuery, now int64) (list []*working) {
	byID := map[int64]*working{}
	for _, s := range w.Stints(now-1, now, now) {
		a := &working{Staff: w.Staff(s.Agent), Stint: s}
		if s.Lasts && f.wants(a) {
			byID[a.ID] = a
			list = append(list, a)
		}
	}
	for _, c := range w.Live(now, now) {
		last := c.Stays[len(c.Stays)-1]
		if a := byID[last.Agent]; a != nil && c.End < 0 {
			a.open++
			if len(c.Talk) > 0 && now-c.Talk[len(c.Talk)-1].At < responseDueMS {
				a.intense++
			}
		}
	}
	slices.SortFunc(list, func(a, b *working) int { return int(a.ID - b.ID) })
	return list
}

func (f *agentQuery) wants(a *working) bool {
	of := func(list []number, has func(int64) bool) bool {
		return len(list) == 0 || slices.ContainsFunc(list, func(n number) bool { return has(int64(n)) })
	}
	return (len(f.Status) == 0 || slices.Contains(f.Status, statusWords[a.Status])) &&
		of(f.AgentIDs, func(id int64) bool { return id == a.ID }) &&
		of(f.AgentGroupIDs, func(id int64) bool { return id == a.Group }) &&
		of(f.SkillIDs, func(id int64) bool {
			return slices.ContainsFunc(a.Skills, func(s world.Named) bool { return s.ID == id })
		})
}

// posted reads the JSON body of a POST, and the account's world; it has answered when not ok.
func posted(w http.ResponseWriter, r *http.Request, body any) (*world.Account, bool) {
	t := tenantOf(r)
	raw, err := io.ReadAll(io.LimitReader(r.Body, largestBody))
	if err == nil {
		err = decodeStrict(raw, body)
	}
	switch {
	case r.Method != http.MethodPost:
		writeError(w, http.StatusMethodNotAllowed, "method: must be POST")
	case t.world == nil:
		writeError(w, http.StatusNotFound, "recorded answers hold nothing of the last 24 hours")
	case err != nil:
		writeError(w, http.StatusBadRequest, err.Error())
	default:
		return t.world, true
	}
	return nil, false
}

// agentStatus is POST agent-view/status: the agents who are logged in.
func (s *Server) agentStatus(w http.ResponseWriter, r *http.Request) {
	var filter agentQuery
	account, ok := posted(w, r, &filter)
	if !ok {
		return
	}
	offset, err := parameter(r.URL.Query(), "offset", 0, 0, 1<<31)
	limit, err2 := parameter(r.URL.Query(), "limit", defaultLimit, 1, mostAgents)
	if err != nil || err2 != nil {
		writeError(w, http.StatusBadRequest, fmt.Sprintf("offset, limit: must be numbers, limit at most %d", mostAgents))
		return
	}
	list := agentsNow(account, &filter, s.now())
	records := []metrics{}
	rows, count, partial := spoilingOf(r).rows(page{offset: offset, limit: limit}, len(list))
	for _, i := range rows {
		records = append(records, list[i].record(s.now()))
	}
	writeJSON(w, http.StatusOK, metrics{
		"_metadata": metrics{
			"count": count, "self": metrics{"rel": "self", "href": "http://" + r.Host + r.URL.String()},
			"shardsStatusResult": metrics{"partialResult": partial},
		},
		"accountID": account.ID(), "agentStatusRecords": records,
	})
}

// escaped is text that is written as it is: it is escaped already.
func escaped(text string) json.RawMessage { return json.RawMessage(`"` + text + `"`) }

// longTime is the platform's text for a moment.
func longTime(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05.000-0700")
}

func (a *working) record(now int64) metrics {
	skills := []metrics{}
	for _, s := range a.Skills {
		skills = append(skills, metrics{"skillId": formatID(s.ID), "skillName": escaped(s.Name)})
	}
	out := metrics{
		"agentId": formatID(a.ID), "agentName": escaped(a.Name), "agentNickname": escaped(a.Name), "agentLoginName": escaped(a.Person.Login),
		"agentSkills": skills, "agentGroupId": a.Group, "agentGroupName": escaped(a.GroupName),
		"lastUpdatedTime": longTime(now), "lastUpdatedTimeL": now,
		"currentStatus": statusWords[a.Status], "currentStatusStartTime": longTime(a.From), "currentStatusStartTimeL": a.From,
		"currentStatusDuration": now - a.From, "load": a.load(), "ringingSlots": 0, "configuredMaxSlots": a.MaxSlots,
		"openAssignedConversations": a.open,
		// These come as texts.
		"busySlots": formatID(a.open), "intenseConversations": formatID(a.intense), "agentPresence": "true",
		"currentConnectionState": "CONNECTED",
	}
	if a.Reason != world.NoReason {
		with(out, metrics{
			"currentStatusReason": strconv.Itoa(a.Reason + 1), "currentStatusReasonDuration": now - a.From,
			"currentStatusReasonStartTime": longTime(a.From), "currentStatusReasonStartTimeL": a.From,
		})
	}
	return out
}

// agentSummary is POST agent-view/summary: the same agents in one line.
func (s *Server) agentSummary(w http.ResponseWriter, r *http.Request) {
	var filter agentQuery
	account, ok := posted(w, r, &filter)
	if !ok {
		return
	}
	var loads, slots []int64
	open, busy, all, status := int64(0), int64(0), int64(0), map[int]int{}
	for _, a := range agentsNow(account, &filter, s.now()) {
		loads, slots = append(loads, a.load()), append(slots, a.MaxSlots)
		open, busy, all = open+a.open, busy+a.open*100, all+a.MaxSlots
		status[a.Status]++
	}
	writeJSON(w, http.StatusOK, metrics{"accountID": account.ID(), "summaryResults": metrics{
		"openAssignedConversations": open, "weightedAvgLoad": orZero(busy, all),
		"minLoad": least(loads), "maxLoad": max(most(loads), 0),
		"minConfiguredMaxSlots": least(slots), "maxConfiguredMaxSlots": max(most(slots), 0),
		"numOnlineAgents": status[world.Online], "numBackSoonAgents": status[world.BackSoon], "numAwayAgents": status[world.Away],
	}})
}

// least is the smallest, zero of nothing.
func least(list []int64) int64 {
	if len(list) == 0 {
		return 0
	}
	return slices.Min(list)
}
