package sandbox

import (
	"fmt"
	"net/http"

	"transporter/internal/sandbox/world"
)

// queueTally is what one queue of messaging conversations went through (Messaging Operations
// API, Messaging Queue Health).
type queueTally struct {
	// Milliseconds that conversations waited; over the interval's length they are the average
	// number waiting.
	waiting, actionable, actionableTransfer, actionableLast, notTransfer, first int64

	// Waits of those assigned, in milliseconds.
	fresh, transferred, fromBot, fromAgent, all []int64
}

// parseQueueHealth reads GET msgqueuehealth: v=1 a timeframe, v=2 from and to. The
// intervals' stamps are their starts, as they were asked for.
func parseQueueHealth(req *http.Request, now int64) (liveRequest, error) {
	q, err := queryOf(req)
	if err != nil {
		return liveRequest{}, err
	}
	if q.Get("v") != "2" {
		return parseLive(q, now, unrounded)
	}
	r, err := parseIDs(q, now)
	if err != nil {
		return r, err
	}
	if r.whole, err = betweenMillis(q.Get("fromMillis"), q.Get("toMillis"), now, longestTimeframe*minuteMS); err != nil {
		return r, err
	}
	interval, err := intervalOf(q, int((r.whole.to-r.whole.from)/minuteMS))
	if err == nil && interval > 0 {
		r.parts = cutForward(r.whole, interval)
	}
	return r, err
}

func betweenMillis(from, to string, now, most int64) (s stretch, err error) {
	_, err1 := fmt.Sscan(from, &s.from)
	_, err2 := fmt.Sscan(to, &s.to)
	switch {
	case err1 != nil || err2 != nil || s.from >= s.to:
		return s, fmt.Errorf("fromMillis, toMillis: are required, in epoch milliseconds, and must not be empty")
	case s.from < now-most:
		return s, fmt.Errorf("fromMillis: must not be more than %d hours ago", most/minuteMS/60)
	case s.to > now:
		return s, fmt.Errorf("toMillis: must not lie in the future")
	}
	return s, nil
}

func answerQueueHealth(t *tenant, r liveRequest) map[string]any {
	all := t.world.Live(r.whole.from, r.now)
	queues := func(s stretch) metrics {
		tally := tallyQueues(all, s, r.now)
		length := s.to - s.from
		out := metrics{"metricsTotal": tally.total.metrics(length)}
		if r.skills.given {
			out["skillsMetrics"] = metricsOf(tally.byID, r.skills, func(q *queueTally) metrics { return q.metrics(length) })
		}
		return out
	}
	if r.parts == nil {
		return queues(r.whole)
	}
	answer := byInterval(r, intervalStart, func(s stretch) metrics { return metrics{"metricsData": queues(s)} })
	return with(answer, metrics{"timeframeSummary": queues(r.whole)})
}

// tallyQueues counts what happened in the queues within the stretch.
func tallyQueues(all []*world.Live, s stretch, now int64) (t tallies[queueTally]) {
	for _, c := range all {
		for i := range c.Stays {
			stay := &c.Stays[i]
			left := leftQueue(stay, now)
			if s.overlap(stay.From, left) == 0 && !s.holds(stay.Assigned) {
				continue
			}
			for _, q := range t.of(stay.Skill) {
				q.add(c, stay, s.overlap(stay.From, left), s.holds(stay.Assigned))
			}
		}
	}
	return t
}

// leftQueue is when the conversation got an agent or ended; now when it still waits.
func leftQueue(stay *world.Stay, now int64) int64 {
	switch {
	case stay.Assigned >= 0:
		return stay.Assigned
	case stay.To >= 0:
		return stay.To
	}
	return now
}

func (q *queueTally) add(c *world.Live, stay *world.Stay, waited int64, assigned bool) {
	q.waiting += waited
	if c.First {
		q.first += waited
	}
	switch {
	case !actionable(c, stay.From) && stay.Transfer:
		q.notTransfer += waited
	case !actionable(c, stay.From):
	case stay.Transfer:
		q.actionable += waited
		q.actionableTransfer += waited
	default:
		q.actionable += waited
		q.actionableLast += waited
	}
	if !assigned {
		return
	}
	wait := stay.Assigned - stay.From
	q.all = append(q.all, wait)
	switch {
	case !stay.Transfer:
		q.fresh = append(q.fresh, wait)
	case stay.FromBot:
		q.transferred, q.fromBot = append(q.transferred, wait), append(q.fromBot, wait)
	default:
		q.transferred, q.fromAgent = append(q.transferred, wait), append(q.fromAgent, wait)
	}
}

// actionable reports whether the consumer awaits an answer: nobody wrote after them by then.
func actionable(c *world.Live, at int64) bool {
	consumer := true
	for _, said := range c.Talk {
		if said.At > at {
			break
		}
		consumer = said.Consumer
	}
	return consumer
}

func (q *queueTally) metrics(length int64) metrics {
	average := func(ms int64) float64 { return float64(ms) / float64(length) }
	return with(q.waits(), metrics{
		"unassignedConversations":                            average(q.waiting),
		"actionableConversations":                            average(q.actionable),
		"notActionableConversations":                         average(q.waiting - q.actionable),
		"actionableAndManualSla":                             0.0,
		"actionableAndDuringTransfer":                        average(q.actionableTransfer),
		"actionableAndConsumerLastMessage":                   average(q.actionableLast),
		"notActionableDuringTransfer":                        average(q.notTransfer),
		"notActionableAndManualSla":                          0.0,
		"unassignedConversationsAndFirstTimeConsumer":        average(q.first),
		"avgWaitTimeForAgentAssignment_AfterTransferFromBot": mean(q.fromBot),
	})
}

func (q *queueTally) waits() metrics {
	return metrics{
		"avgWaitTimeForAgentAssignment_NewConversation":        mean(q.fresh),
		"avgWaitTimeForAgentAssignment_AfterTransfer":          mean(q.transferred),
		"avgWaitTimeForAgentAssignment_AfterTransferFromAgent": mean(q.fromAgent),
		"maxWaitTimeForAgentAssignment":                        most(q.all),
		"maxWaitTimeForAgentAssignment_AfterTransferFromAgent": most(q.fromAgent),
		"waitTimeForAgentAssignment_50thPercentile":            percentile(q.all, 50),
		"waitTimeForAgentAssignment_90thPercentile":            percentile(q.all, 90),
	}
}
