package sandbox

import (
	"net/http"

	"transporter/internal/sandbox/world"
)

// chatTally is what one queue of chats went through; times are seconds (Operational Realtime
// API, Queue Health). The queue is looked at once a second.
type chatTally struct {
	entered, connected, abandoned, toAnswer, toAbandon int64
	waits                                              []stretch // in the queue, within the stretch
}

func tallyChats(all []world.LiveChat, s stretch, now int64) (t tallies[chatTally]) {
	for i := range all {
		c := &all[i]
		left := chatLeftQueue(c, now)
		if !s.holds(c.Entered) && !s.holds(left) && s.overlap(c.Entered, left) == 0 {
			continue
		}
		for _, q := range t.of(c.Skill) {
			q.add(c, s, left)
		}
	}
	return t
}

func chatLeftQueue(c *world.LiveChat, now int64) int64 {
	switch {
	case c.Answered >= 0:
		return c.Answered
	case c.Left >= 0:
		return c.Left
	}
	return now
}

func (q *chatTally) add(c *world.LiveChat, s stretch, left int64) {
	if s.holds(c.Entered) {
		q.entered++
	}
	switch seconds := (left - c.Entered) / 1000; {
	case c.Answered >= 0 && s.holds(c.Answered):
		q.connected++
		q.toAnswer += seconds
	case c.Abandoned && s.holds(c.Left):
		q.abandoned++
		q.toAbandon += seconds
	}
	if s.overlap(c.Entered, left) > 0 {
		q.waits = append(q.waits, stretch{max(c.Entered, s.from), min(left, s.to)})
	}
}

// sizes looks at the queue once a second.
func (q *chatTally) sizes(s stretch) (least, most, sum, count int64) {
	least = noData
	for at := s.from; at < s.to; at += 1000 {
		size := int64(0)
		for _, w := range q.waits {
			if w.holds(at) {
				size++
			}
		}
		if most = max(most, size); least < 0 || size < least {
			least = size
		}
		sum, count = sum+size, count+1
	}
	return least, most, sum, count
}

func (q *chatTally) metrics(s stretch) metrics {
	least, most, sum, count := q.sizes(s)
	return metrics{
		"enteredQEng": q.entered, "connectedEng": q.connected, "abandonedEng": q.abandoned,
		"totalTimeToAnswer": q.toAnswer, "avgTimeToAnswer": int64(orZero(q.toAnswer, q.connected)),
		"totalTimeToAbandon": q.toAbandon, "avgTimeToAbandon": int64(orZero(q.toAbandon, q.abandoned)),
		"abandonmentRate": orZero(q.abandoned, q.abandoned+q.connected),
		"maxQueueSize":    most, "minQueueSize": least, "averageQueueSize": orZero(sum, count),
		"queueSizeSum": sum, "queueSizeCount": count,
		// Agents of this account have no limit of chats, for which the API always says 1.
		"maxAvailableSlots": 1, "minAvailableSlots": 1, "averageAvailableSlots": 1.0,
		"availableSlotsSum": count, "availableSlotsCount": count,
		"currentQueueSize": noData, "currentAvailableSlots": noData,
	}
}

// answerChatQueue is queuehealth. What has no data is missing.
func answerChatQueue(t *tenant, r liveRequest) map[string]any {
	all := t.world.LiveChats(r.whole.from, r.now)
	count := func(s stretch) metrics {
		s.to = min(s.to, r.now)
		tally := tallyChats(all, s, r.now)
		out := metrics{"metricsTotals": tally.total.metrics(s)}
		if r.skills.given {
			out["skillsMetrics"] = metricsOf(tally.byID, r.skills, func(q *chatTally) metrics { return q.metrics(s) })
		}
		return out
	}
	answer := metrics{}
	if r.parts != nil {
		answer = byInterval(r, intervalEnd, func(s stretch) metrics { return metrics{"metricsData": count(s)} })
	}
	return with(answer, count(r.whole))
}

// parseIDsOnly reads a GET without a timeframe.
func parseIDsOnly(req *http.Request, now int64) (liveRequest, error) {
	q, err := queryOf(req)
	if err != nil {
		return liveRequest{}, err
	}
	return parseIDs(q, now)
}

// answerChatState is queuestate: the queues now. A skill that there is not has −1, which no
// total counts.
func answerChatState(t *tenant, r liveRequest) map[string]any {
	byID, total := map[int64]*chatState{}, chatState{longest: noData}
	for _, id := range t.world.SkillIDs() {
		byID[id] = &chatState{longest: noData}
	}
	delete(byID, noData)
	for _, c := range t.world.LiveChats(r.now, r.now) {
		if c.Answered < 0 && c.Left < 0 && r.skills.has(c.Skill) {
			byID[c.Skill].wait(r.now - c.Entered)
			total.wait(r.now - c.Entered)
		}
	}
	states := metricsOf(byID, r.skills, func(s *chatState) metrics { return s.metrics(r.version, 1) })
	for _, id := range r.skills.list {
		if byID[id] == nil {
			unknown := chatState{size: noData, longest: noData}
			states[formatID(id)] = unknown.metrics(r.version, noData)
		}
	}
	return metrics{"skills": states, "totals": total.metrics(r.version, 1)}
}

// chatState is a queue of chats now; the longest wait is in milliseconds.
type chatState struct{ size, longest int64 }

func (s *chatState) wait(ms int64) {
	s.size++
	s.longest = max(s.longest, ms)
}

func (s *chatState) metrics(version, slots int) metrics {
	out := metrics{"currentQueueSize": s.size, "currentAvailableSlots": slots}
	if version > 1 {
		out["currentMaxWaitTimeInQueue"] = s.longest
	}
	return out
}
