package liveperson

import "net/url"

// Resources of the Messaging Operations API.
const (
	QueueHealth            = "ops_msgqueuehealth"
	ConversationsByMinutes = "ops_msgconversation"
)

// queueHealthVersion is the version of msgqueuehealth that takes from and to.
const queueHealthVersion = "2"

const operationsPath = "/operations/api/account/{account}/"

var messagingOperationsAPI = api{
	service: "leDataReporting", title: "Messaging Operations API",
	permission: "category Data, Operational Realtime",
}

// operations are what the Messaging Operations API counts.
var operations = map[string]series{
	QueueHealth:            {messagingOperationsAPI, operationsPath + "msgqueuehealth", stampStart, bySkill},
	ConversationsByMinutes: {messagingOperationsAPI, operationsPath + "msgconversation", stampEnd, bySkill},
}

// bySkill asks for skills one by one.
func bySkill(f *filters) url.Values { return url.Values{"skillIds": {idsOrAll(f.SkillIDs)}} }
