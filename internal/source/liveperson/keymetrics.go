package liveperson

import "transporter/internal/source/liveperson/answer"

// Resources of the Key Messaging Metrics API.
const (
	KeyMetrics       = "kmm_metrics"
	KeyMetricsAgents = "kmm_agent_view"
	KeyMetricsTrend  = "kmm_historical"
)

var keyMetricsAPI = api{
	service: "agentManagerWorkspace", title: "Key Messaging Metrics API",
	permission: "category Data, Key Messaging Metrics", less: fewerOnes,
}

const (
	managerPath = "/manager_workspace/api/account/{account}/"
	// keyMetricsPage is the longest page of groups, and the usual one of agents.
	keyMetricsPage = 50
	// mostKeyAgents are shown, whatever the pages: offset and limit may not be more.
	mostKeyAgents = 1000
)

// keyBody is what all methods of the Key Messaging Metrics API are asked by.
type keyBody struct {
	Filters          keyFilters `json:"filters"`
	ResponseSections []string   `json:"responseSections,omitempty"`
	GroupBy          string     `json:"groupBy,omitempty"`
	ByTime           []string   `json:"metricsToRetrieveByTime,omitempty"`
	Current          []string   `json:"metricsToRetrieveCurrentValue,omitempty"`
}

type keyFilters struct {
	Time struct {
		From int64 `json:"from"`
		To   int64 `json:"to"`
	} `json:"time"`
	AgentIDs      []id     `json:"agentIds,omitempty"`
	AgentGroupIDs []id     `json:"agentGroupIds,omitempty"`
	SkillIDs      []id     `json:"skillIds,omitempty"`
	AgentSkillIDs []id     `json:"agentSkillIds,omitempty"`
	UserTypes     []string `json:"userTypes,omitempty"`
	Status        []string `json:"effectiveAgentStatus,omitempty"`
}

// keyMetricsOf asks about the interval, whose bounds the API includes and rounds to minutes.
func keyMetricsOf(f *filters, i interval) (b keyBody) {
	b.Filters.Time.From, b.Filters.Time.To = i.from, i.to
	b.Filters.AgentIDs, b.Filters.AgentGroupIDs, b.Filters.SkillIDs = f.AgentIDs, f.GroupIDs, f.SkillIDs
	b.Filters.UserTypes = f.UserTypes
	b.ByTime, b.Current = f.Metrics, f.CurrentMetrics
	return b
}

// keyMetrics are numbers of the window by skill or agent group (Key Messaging Metrics API,
// Metrics).
var keyMetrics = roster{
	api: keyMetricsAPI, path: managerPath + "metrics", metadata: "metadata", shape: answer.Of(KeyMetrics),
	limit: keyMetricsPage, step: minuteMillis,
	body: func(w *liveWindow) any {
		b := keyMetricsOf(&w.filters, w.interval)
		b.ResponseSections, b.GroupBy = []string{"groupBy"}, w.GroupBy
		if b.GroupBy == "" {
			b.GroupBy = "skillId"
		}
		return b
	},
}

// keyMetricsAgents are numbers of the window by agent (Key Messaging Metrics API, Agent View).
// Agents who have logged out since are asked for, whom the API leaves out by itself.
var keyMetricsAgents = roster{
	api: keyMetricsAPI, path: managerPath + "agent_view", metadata: "metadata", shape: answer.Of(KeyMetricsAgents),
	limit: keyMetricsPage, most: mostKeyAgents, step: minuteMillis,
	body: func(w *liveWindow) any {
		b := keyMetricsOf(&w.filters, w.interval)
		b.Filters.SkillIDs, b.Filters.AgentSkillIDs = nil, w.SkillIDs
		b.Filters.Status = []string{"ONLINE", "BACK_SOON", "AWAY", "OFFLINE"}
		return b
	},
}
