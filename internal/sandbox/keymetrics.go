package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"transporter/internal/sandbox/world"
)

// mostKeyGroups is the longest page of groups (Key Messaging Metrics API, Metrics).
const mostKeyGroups = 50

// keyRoutes serves the Key Messaging Metrics API.
func (s *Server) keyRoutes(mux *http.ServeMux) {
	const base = "/manager_workspace/api/account/{account}/"
	s.service(mux, ServiceManager, base+"metrics", s.keyGroups)
	s.service(mux, ServiceManager, base+"agent_view", s.keyAgents)
	s.service(mux, ServiceManager, base+"historical", s.keyTrend)
}

// keyQuery is the body of all methods.
type keyQuery struct {
	Filters struct {
		Time                                             *struct{ From, To int64 }
		AgentIDs, AgentGroupIDs, SkillIDs, AgentSkillIDs []number
		UserTypes, EffectiveAgentStatus                  []string
	}
	ResponseSections              []string
	GroupBy                       string
	IncludeAgentMetadata          any // a boolean on the page, a text in its example
	MetricsToRetrieveByTime       []string
	MetricsToRetrieveCurrentValue []string

	during stretch // rounded outwards to minutes, both bounds included
	now    int64
}

// keyMethod is what differs from method to method.
type keyMethod struct {
	userTypes, byTime, current []string
	agents                     bool // agent_view, whose skills are those that agents hold
	groups                     bool // metrics, which answers in sections
}

// readKeyQuery reads and checks the body of a POST; it has answered when not ok.
func (s *Server) readKeyQuery(w http.ResponseWriter, r *http.Request, m keyMethod) (a *world.Account, q *keyQuery, ok bool) {
	q = &keyQuery{now: s.now()}
	if a, ok = posted(w, r, q); !ok {
		return a, q, false
	}
	if err := q.check(m); err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return a, q, false
	}
	return a, q, true
}

func (q *keyQuery) check(m keyMethod) error {
	f := &q.Filters
	switch {
	case f.Time == nil || f.Time.From <= 0 || f.Time.To <= f.Time.From:
		return fmt.Errorf("filters.time: from and to are required, in epoch milliseconds, and must not be empty")
	case f.Time.From < q.now-longestTimeframe*minuteMS:
		return fmt.Errorf("filters.time: from must not be more than 24 hours ago")
	case m.agents && len(f.SkillIDs) > 0:
		return fmt.Errorf("filters.skillIds: is agentSkillIds here")
	case !m.agents && len(f.AgentSkillIDs)+len(f.EffectiveAgentStatus) > 0:
		return fmt.Errorf("filters: agentSkillIds and effectiveAgentStatus are for agent_view")
	case !m.groups && (q.GroupBy != "" || len(q.ResponseSections) > 0):
		return fmt.Errorf("groupBy, responseSections: are for metrics")
	}
	for _, one := range []struct {
		name         string
		given, known []string
	}{
		{"filters.userTypes", f.UserTypes, m.userTypes},
		{"filters.effectiveAgentStatus", f.EffectiveAgentStatus, []string{"ONLINE", "OFFLINE", "AWAY", "BACK_SOON"}},
		{"responseSections", q.ResponseSections, []string{"all", "groupBy"}},
		{"groupBy", []string{q.GroupBy}, []string{"", "skillId", "agentGroupId"}},
		{"metricsToRetrieveByTime", q.MetricsToRetrieveByTime, m.byTime},
		{"metricsToRetrieveCurrentValue", q.MetricsToRetrieveCurrentValue, m.current},
	} {
		for _, v := range one.given {
			if !slices.Contains(one.known, v) {
				return fmt.Errorf("%s: %q is not one of %s", one.name, v, strings.Join(one.known, ", "))
			}
		}
	}
	q.during = stretch{f.Time.From - f.Time.From%minuteMS, (f.Time.To+minuteMS-1)/minuteMS*minuteMS + 1}
	return nil
}

// attributed is whom something that happened counts for. The agent and the group are zero when
// nobody was there.
type attributed struct {
	skill, agent, group int64
	bot                 bool
}

func (q *keyQuery) wants(who attributed) bool {
	f := &q.Filters
	kind := "HUMAN"
	if who.bot {
		kind = "BOT"
	}
	return anyOf(f.AgentIDs, who.agent) && anyOf(f.AgentGroupIDs, who.group) && anyOf(f.SkillIDs, who.skill) &&
		(len(f.UserTypes) == 0 || slices.Contains(f.UserTypes, kind))
}

// anyOf reports whether one of the ids was asked for, which all are when none is named.
func anyOf(list []number, ids ...int64) bool {
	return len(list) == 0 || slices.ContainsFunc(ids, func(id int64) bool { return slices.Contains(list, number(id)) })
}

// keyPage reads offset and limit; the sum has an upper bound where most is not zero.
func keyPage(r *http.Request, mostLimit, most int) (p page, err error) {
	v := r.URL.Query()
	if v.Has("sort") {
		return p, fmt.Errorf("sort: is not served here; the order is that of the keys")
	}
	if p.offset, err = parameter(v, "offset", 0, 0, 1<<31); err != nil {
		return p, err
	}
	if p.limit, err = parameter(v, "limit", defaultLimit, 1, mostLimit); err == nil && most > 0 && p.offset+p.limit > most {
		err = fmt.Errorf("offset, limit: must not be more than %d together", most)
	}
	return p, err
}

// keyMetadata are the count and the links, in the form without an underscore.
func keyMetadata(r *http.Request, p page, count int) metrics {
	out := metrics{"count": count}
	link := func(rel string, offset int) {
		q := r.URL.Query()
		q.Set("offset", fmt.Sprint(offset))
		q.Set("limit", fmt.Sprint(p.limit))
		out[rel] = metrics{"rel": rel, "href": foreignHost + r.URL.EscapedPath() + "?" + q.Encode()}
	}
	link("self", p.offset)
	link("last", max(count-1, 0)/p.limit*p.limit)
	if p.offset+p.limit < count {
		link("next", p.offset+p.limit)
	}
	if p.offset > 0 {
		link("prev", max(p.offset-p.limit, 0))
		link("first", 0)
	}
	return out
}

// camel writes the name of a metric as answers have it: closed_by_agent is closedByAgent.
func camel(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}
