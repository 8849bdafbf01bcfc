package liveperson

import (
	"net/url"

	"transporter/internal/source/access"
	"transporter/internal/source/liveperson/answer"
)

// Resources of the Agent Metrics API.
const (
	AgentStatus  = "agentmetrics_status"
	AgentSummary = "agentmetrics_summary"
)

// The two methods are served by different services (Agent Metrics API, "Getting started").
var (
	agentStatusAPI = api{
		service: "msgHist", title: "Agent Metrics API",
		permission: "category Data, Engagement History and Messaging Interactions",
		takes:      access.Takes(AgentStatus), less: fewerOnes,
	}
	agentSummaryAPI = api{service: "agentManagerWorkspace", title: agentStatusAPI.title, permission: agentStatusAPI.permission, takes: agentStatusAPI.takes, less: fewerOnes}
)

const (
	agentViewPath = "/messaging_history/api/account/{account}/agent-view/"
	mostAgents    = 2500 // on one page
)

// agentBody is the filter of both methods; {} is every agent who is logged in.
type agentBody struct {
	AgentIDs      []id `json:"agentIds,omitempty"`
	SkillIDs      []id `json:"skillIds,omitempty"`
	AgentGroupIDs []id `json:"agentGroupIds,omitempty"`
}

func agentsOf(f *filters) agentBody { return agentBody{f.AgentIDs, f.SkillIDs, f.GroupIDs} }

var agentStatus = roster{
	api: agentStatusAPI, path: agentViewPath + "status", metadata: "_metadata", shape: answer.Of(AgentStatus),
	limit: mostAgents, step: minuteMillis, body: func(w *liveWindow) any { return agentsOf(&w.filters) },
}

var agentSummary = snapshot{
	api: agentSummaryAPI, path: agentViewPath + "summary", shape: answer.Of(AgentSummary),
	query: func(*filters, int64, int64) url.Values { return nil },
	body:  func(f *filters) any { return agentsOf(f) },
}
