package liveperson

import (
	"net/url"

	"transporter/internal/source/access"
	"transporter/internal/source/liveperson/answer"
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
	takes:      access.Takes(ChatQueueHealth), less: fewerOnes,
}

// realtime is what the Operational Realtime API counts by intervals.
var realtime = map[string]series{
	ChatQueueHealth: {realtimeAPI, operationsPath + "queuehealth", answer.Of(ChatQueueHealth), bySkill},
	ChatEngagements: {realtimeAPI, operationsPath + "engactivity", answer.Of(ChatEngagements), bySkill},
	ChatAgents:      {realtimeAPI, operationsPath + "agentactivity", answer.Of(ChatAgents), byAgent},
}

// realtimeNow is what it says of this moment.
var realtimeNow = map[string]snapshot{
	ChatQueueState: {
		api: realtimeAPI, path: operationsPath + "queuestate", shape: answer.Of(ChatQueueState),
		query: func(f *filters, _, _ int64) url.Values {
			q := bySkill(f)
			q.Set("v", queueStateLatest)
			return q
		},
	},
	ChatSLA: {
		api: realtimeAPI, path: operationsPath + "sla", shape: answer.Of(ChatSLA),
		query: func(f *filters, _, back int64) url.Values {
			q := bySkill(f)
			q.Set("timeframe", backInMinutes(back))
			q.Set("v", liveVersion)
			return q
		},
	},
}
