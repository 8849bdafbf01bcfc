package sandbox

import (
	"net/http"

	"transporter/internal/sandbox/world"
)

// longestCurrent is how far back msgqueuehealth/current looks.
const longestCurrent = 72 * 60 * minuteMS

// parseCurrent reads GET msgqueuehealth/current, version 2: conversations that began between
// fromMillis and toMillis.
func parseCurrent(req *http.Request, now int64) (liveRequest, error) {
	q, err := queryOf(req)
	if err != nil {
		return liveRequest{}, err
	}
	r, err := parseIDs(q, now)
	if err != nil {
		return r, err
	}
	r.whole = stretch{now - longestTimeframe*minuteMS, now}
	if r.version == 2 {
		r.whole, err = betweenMillis(q.Get("fromMillis"), q.Get("toMillis"), now, longestCurrent)
	}
	return r, err
}

// nowTally is one queue at this moment.
type nowTally struct {
	waiting, actionable, transfer, last, notTransfer, first int64
	overdueWaiting, overdueAssigned                         int64
	fresh, transferred, fromAgent, all                      []int64
	known                                                   bool
}

// responseDueMS is when an answer is overdue: the account's limit, as responseTime tells it.
const responseDueMS = 5 * minuteMS

// answerCurrent is msgqueuehealth/current. A skill without a conversation has −1 everywhere.
func answerCurrent(t *tenant, r liveRequest) map[string]any {
	var queues tallies[nowTally]
	for _, c := range t.world.Live(r.whole.from, r.now) {
		if last := &c.Stays[len(c.Stays)-1]; c.End < 0 && r.whole.holds(c.Start) {
			for _, q := range queues.of(last.Skill) {
				q.add(c, last, r.now)
			}
		}
	}
	overdue := r.query.Get("overdueConversations") == "true"
	write := func(q *nowTally) metrics { return q.metrics(r.now, overdue) }
	out := metrics{"metricsTotal": write(&queues.total)}
	if r.query.Get("breakdown") != "false" {
		for _, id := range t.world.SkillIDs() {
			if r.skills.has(id) && queues.byID[id] == nil {
				queues.of(id)
			}
		}
		out["skillsMetrics"] = metricsOf(queues.byID, r.skills, write)
	}
	return out
}

func (q *nowTally) add(c *world.Live, stay *world.Stay, now int64) {
	q.known = true
	overdue := int64(0)
	if actionable(c, now) && len(c.Talk) > 0 && now-c.Talk[len(c.Talk)-1].At > responseDueMS {
		overdue = 1
	}
	if stay.Assigned >= 0 {
		q.overdueAssigned += overdue
		return
	}
	q.overdueWaiting += overdue
	q.waiting++
	wait := now - stay.From
	q.all = append(q.all, wait)
	if c.First {
		q.first++
	}
	toAnswer := actionable(c, now)
	switch {
	case !stay.Transfer:
		q.fresh = append(q.fresh, wait)
		if toAnswer {
			q.actionable++
			q.last++
		}
	case toAnswer:
		q.actionable++
		q.transfer++
	default:
		q.notTransfer++
	}
	if stay.Transfer {
		q.transferred = append(q.transferred, wait)
		if !stay.FromBot {
			q.fromAgent = append(q.fromAgent, wait)
		}
	}
}

func (q *nowTally) metrics(now int64, overdue bool) metrics {
	out := metrics{
		"unassignedConversations": q.waiting, "actionableConversations": q.actionable,
		"notActionableConversations": q.waiting - q.actionable, "actionableAndManualSla": int64(0),
		"actionableAndDuringTransfer": q.transfer, "actionableAndConsumerLastMessage": q.last,
		"notActionableDuringTransfer": q.notTransfer, "notActionableAndManualSla": int64(0),
		"unassignedConversationsAndFirstTimeConsumer":          q.first,
		"avgWaitTimeForAgentAssignment_NewConversation":        mean(q.fresh),
		"avgWaitTimeForAgentAssignment_AfterTransfer":          mean(q.transferred),
		"avgWaitTimeForAgentAssignment_AfterTransferFromAgent": mean(q.fromAgent),
		"maxWaitTimeForAgentAssignment":                        most(q.all),
		"waitTimeForAgentAssignment_50thPercentile":            percentile(q.all, 50),
		"waitTimeForAgentAssignment_90thPercentile":            percentile(q.all, 90),
	}
	if overdue {
		out["overdueConversationsInQueue"] = q.overdueWaiting
		out["overdueConversationsAssigned"] = q.overdueAssigned
		out["overdueConversationsTotal"] = q.overdueWaiting + q.overdueAssigned
	}
	if !q.known {
		for name := range out {
			out[name] = noData
		}
	}
	out["time"] = now
	return out
}

// parseWaits reads GET ewt.
func parseWaits(req *http.Request, now int64) (liveRequest, error) {
	q, err := queryOf(req)
	if err != nil {
		return liveRequest{}, err
	}
	r := liveRequest{now: now, query: q}
	r.skills, err = idList(q, "skills")
	return r, err
}

// answerWaits is ewt: the mean wait of those assigned within the last hour, in seconds.
func answerWaits(t *tenant, r liveRequest) map[string]any {
	last := stretch{r.now - 60*minuteMS, r.now}
	queues := tallyQueues(t.world.Live(last.from, r.now), last, r.now)
	list := []metrics{}
	for _, id := range t.world.SkillIDs() {
		if id < 0 || !r.skills.has(id) {
			continue
		}
		wait := int64(noData)
		if q := queues.byID[id]; q != nil && len(q.all) > 0 {
			wait = int64(mean(q.all).(float64)) / 1000
		}
		list = append(list, metrics{"skillId": id, "estimatedWaitTime": wait, "timestamp": r.now})
	}
	return metrics{"estimatedWaitTimeResponse": list}
}
