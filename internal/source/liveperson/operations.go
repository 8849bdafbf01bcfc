package liveperson

import (
	"net/url"
	"strconv"

	"transporter/internal/source/access"
	"transporter/internal/source/liveperson/answer"
)

// Resources of the Messaging Operations API.
const (
	QueueHealth            = "ops_msgqueuehealth"
	QueueHealthNow         = "ops_msgqueuehealth_current"
	ConversationsByMinutes = "ops_msgconversation"
	SkillSegments          = "ops_msgskillsegments"
	AgentSegments          = "ops_msgagentsegments"
	CSATDistribution       = "ops_msgcsat"
	EstimatedWait          = "ops_msgewt"
)

// queueHealthVersion is the version of msgqueuehealth that takes from and to.
const queueHealthVersion = "2"

const operationsPath = "/operations/api/account/{account}/"

var (
	messagingOperationsAPI = api{
		service: "leDataReporting", title: "Messaging Operations API",
		permission: "category Data, Operational Realtime",
		takes:      access.Takes(QueueHealth), less: fewerOnes,
	}
	estimatedWaitAPI = api{
		service: "msgEwtAPI", title: "Messaging Estimated Wait Time API",
		permission: "category Data, Operational Realtime; the platform has retired this API for most accounts",
		takes:      access.Takes(EstimatedWait),
	}
)

// operations are what the Messaging Operations API counts by intervals.
var operations = map[string]series{
	QueueHealth:            {messagingOperationsAPI, operationsPath + "msgqueuehealth", answer.Of(QueueHealth), bySkill},
	ConversationsByMinutes: {messagingOperationsAPI, operationsPath + "msgconversation", answer.Of(ConversationsByMinutes), bySkill},
	SkillSegments:          {messagingOperationsAPI, operationsPath + "msgskillsegments", answer.Of(SkillSegments), bySkill},
	AgentSegments:          {messagingOperationsAPI, operationsPath + "msgagentsegments", answer.Of(AgentSegments), bySkillAndAgent},
}

// operationsNow are what it says of this moment.
var operationsNow = map[string]snapshot{
	QueueHealthNow: {
		api: messagingOperationsAPI, path: operationsPath + "msgqueuehealth/current/", shape: answer.Of(QueueHealthNow),
		query: queuesNow,
	},
	CSATDistribution: {
		api: messagingOperationsAPI, path: operationsPath + "msgcsatdistribution", shape: answer.Of(CSATDistribution),
		query: func(f *filters, _, back int64) url.Values {
			q := bySkill(f)
			q.Set("timeframe", backInMinutes(back))
			q.Set("v", liveVersion)
			return q
		},
	},
	EstimatedWait: {
		api: estimatedWaitAPI, path: "/lp-messaging-ewt-app/api/account/{account}/ewt", shape: answer.Of(EstimatedWait),
		query: func(f *filters, _, _ int64) url.Values {
			q := url.Values{"v": {liveVersion}}
			if len(f.SkillIDs) > 0 {
				q.Set("skills", idsOrAll(f.SkillIDs))
			}
			return q
		},
	},
}

// currentBackMillis is how long ago conversations in the queue may have begun: the most that
// version 2 of msgqueuehealth/current allows is 72 hours, less a minute for the clocks.
const currentBackMillis = 3*lookBackMillis - minuteMillis

// queuesNow asks for everything that the method knows, also what is overdue.
func queuesNow(f *filters, now, _ int64) url.Values {
	q := bySkill(f)
	q.Set("v", queueHealthVersion)
	q.Set("fromMillis", strconv.FormatInt(now-currentBackMillis, 10))
	q.Set("toMillis", strconv.FormatInt(now, 10))
	q.Set("metrics", "all")
	q.Set("overdueConversations", "true")
	return q
}

// bySkill asks for skills one by one.
func bySkill(f *filters) url.Values { return url.Values{"skillIds": {idsOrAll(f.SkillIDs)}} }

// byAgent asks for agents one by one.
func byAgent(f *filters) url.Values { return url.Values{"agentIds": {idsOrAll(f.AgentIDs)}} }

// bySkillAndAgent asks for skills and agents one by one.
func bySkillAndAgent(f *filters) url.Values {
	return url.Values{"skillIds": {idsOrAll(f.SkillIDs)}, "agentIds": {idsOrAll(f.AgentIDs)}}
}
