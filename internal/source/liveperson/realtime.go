package liveperson

import (
	"net/url"

	"transporter/internal/source/access"
)

// Resources of the Operational Realtime API, which is about chats.
const (
	ChatQueueHealth  = "rt_queuehealth"
	ChatQueueState   = "rt_queuestate"
	ChatEngagements  = "rt_engactivity"
	ChatAgents       = "rt_agentactivity"
	ChatSLA          = "rt_sla"
	queueStateLatest = "2" // adds the longest wait
)

var realtimeAPI = api{
	service: "leDataReporting", title: "Operational Realtime API",
	permission: "category Data, Operational Realtime",
	takes:      access.Takes(ChatQueueHealth),
}

// realtime is what the Operational Realtime API counts by intervals.
var realtime = map[string]series{
	ChatQueueHealth: {realtimeAPI, operationsPath + "queuehealth", stampEnd, bySkill},
	ChatEngagements: {realtimeAPI, operationsPath + "engactivity", stampEnd, bySkill},
	ChatAgents:      {realtimeAPI, operationsPath + "agentactivity", stampEnd, byAgent},
}

// realtimeNow is what it says of this moment.
var realtimeNow = map[string]snapshot{
	ChatQueueState: {
		api: realtimeAPI, path: operationsPath + "queuestate",
		query: func(f *filters, _, _ int64) url.Values {
			q := bySkill(f)
			q.Set("v", queueStateLatest)
			return q
		},
	},
	ChatSLA: {
		api: realtimeAPI, path: operationsPath + "sla", timed: true,
		query: func(f *filters, _, back int64) url.Values {
			q := bySkill(f)
			q.Set("timeframe", backInMinutes(back))
			q.Set("v", liveVersion)
			return q
		},
	},
}
