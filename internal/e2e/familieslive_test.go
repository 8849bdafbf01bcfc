package e2e

import (
	"slices"
	"time"

	"transporter/internal/httpapi"
	"transporter/internal/sandbox/world"
)

// bucketMS is what the platform counts live in, in milliseconds.
const bucketMS = 5 * 60 * 1000.0

// liveFamilies are the reports of a window that the platform still counts.
func liveFamilies(account *world.Account, w httpapi.WindowView, now time.Time) []family {
	from, to := w.From.UnixMilli(), w.To.UnixMilli()
	buckets := w.To.Sub(w.From).Minutes() / 5
	talks := account.Live(from, now.UnixMilli())
	n := talksIn(talks, from, to, now.UnixMilli())
	key := talksIn(talks, from, to+1, now.UnixMilli()) // both bounds are included
	chats := chatsIn(account, from, to, now.UnixMilli())
	agents, loggedIn, online := agentsIn(account, from, to, now.UnixMilli())
	waiting := n.waiting / bucketMS
	list := []family{
		{report: "raw.ops.msgqueuehealth", sums: map[string]float64{rowCount: buckets, "response.metricsData.metricsTotal.unassignedConversations": waiting}},
		{report: "raw.ops.msgconversation", sums: map[string]float64{
			rowCount: buckets, "response.metricsData.skillsMetricsPerAgent.metricsTotals.totalResolvedConversations": n.closed,
		}},
		{report: "raw.ops.msgskillsegments", sums: map[string]float64{rowCount: buckets, "response.metricsTotal.totalSkillConversationSegments": n.skillSegments}},
		{report: "raw.ops.msgagentsegments", sums: map[string]float64{
			rowCount: buckets, "response.metricsData.metricsTotal.totalAgentConversationSegments": n.agentSegments,
		}},
		{report: "raw.kmm.metrics", sums: map[string]float64{
			rowCount: float64(len(account.SkillIDs())), "response.metrics.closedConversations": key.closed,
			"response.metrics.concludedConversations": key.closed + key.transfers, "response.metrics.openConversations": key.open,
		}},
		{report: "raw.kmm.agent_view", sums: map[string]float64{rowCount: agents, "response.loginDuration": loggedIn}},
		{report: "raw.kmm.historical", sums: map[string]float64{
			rowCount: buckets, "response.values.closedConversations": n.closed, "response.values.transfers": n.transfers,
		}},
		{report: "raw.rt.queuehealth", sums: map[string]float64{
			rowCount: buckets, "response.metricsData.metricsTotals.enteredQEng": chats.entered, "response.metricsData.metricsTotals.abandonedEng": chats.abandoned,
		}},
		{report: "raw.rt.engactivity", sums: map[string]float64{
			rowCount: buckets, "response.metricsData.skillsMetricsPerAgent.metricsTotals.totalInteractiveChats": chats.interactive,
		}},
		{report: "raw.rt.agentactivity", sums: map[string]float64{rowCount: buckets}},
		{report: "wfm.skill_interval", params: []string{"interval_minutes", "60"}, sums: map[string]float64{
			"closed": n.closed, "messages_sent": n.sent, "sl_answered_within": n.inTime, "csat_answers": n.rated,
			"backlog_end": n.waitingAtEnds / bucketMS,
		}},
		{report: "wfm.agent_interval", params: []string{"interval_minutes", "60", "chat", "true"}, sums: map[string]float64{"chat_online_s": online}},
		{report: "wfm.chat_skill_interval", params: []string{"interval_minutes", "60"}, sums: map[string]float64{
			"offered": chats.entered, "connected": chats.answered, "abandoned": chats.abandoned, "answer_total_s": chats.waited,
			"abandon_total_s": chats.gaveUp, "handled_interactive": chats.interactive, "handle_s": chats.took,
			"sl_chats": chats.known, "sl_answered_within": chats.inTime,
		}},
	}
	for i := range list {
		list[i].live = true
	}
	return list
}

// talkSums are of conversations.
type talkSums struct {
	closed, transfers, skillSegments, agentSegments float64
	arrived, assigned, sent, inTime, rated, open    float64
	waiting, waitingAtEnds                          float64 // milliseconds; in the last bucket of each hour
}

func talksIn(talks []*world.Live, from, to, now int64) (n talkSums) {
	within := func(at int64) bool { return at >= from && at < to }
	for _, c := range talks {
		n.add(within(c.End), &n.closed)
		n.add(within(c.End) && c.CSAT > 0, &n.rated)
		n.add(c.End < 0, &n.open)
		for i := range c.Stays {
			s := &c.Stays[i]
			n.add(within(s.From) && (s.Reason == "Skill" || s.Reason == "Agent"), &n.transfers)
			n.add(within(s.To) && s.Agent != 0, &n.agentSegments)
			n.add(within(s.To) && (i+1 == len(c.Stays) || c.Stays[i+1].Skill != s.Skill), &n.skillSegments)
			n.wait(s, from, to, now)
			n.add(within(s.From) && s.Reason != "Agent" && s.Reason != "TakeOver", &n.arrived)
			n.add(within(s.Assigned) && s.Agent != 0, &n.assigned)
		}
		for _, said := range c.Talk {
			n.add(within(said.At) && !said.Consumer && !said.Bot, &n.sent)
		}
		n.service(c, within)
	}
	return n
}

func (*talkSums) add(is bool, to *float64) {
	if is {
		*to++
	}
}

// wait adds how long the stay was in the queue.
func (n *talkSums) wait(s *world.Stay, from, to, now int64) {
	left := s.Assigned
	if left < 0 {
		left = s.To
	}
	if left < 0 {
		left = now
	}
	overlap := func(from, to int64) float64 { return float64(max(0, min(left, to)-max(s.From, from))) }
	n.waiting += overlap(from, to)
	const hour = 60 * 60 * 1000
	for end := from + hour; end <= to; end += hour {
		n.waitingAtEnds += overlap(end-bucketMS, end)
	}
}

// service counts stays in a row with one skill that a human answered within the skill's time.
func (n *talkSums) service(c *world.Live, within func(int64) bool) {
	const longest, longestOfNone = 30 * 60 * 1000, 60 * 1000 // of every skill of the sandbox; the report's own
	for i := 0; i < len(c.Stays); {
		first, last := i, i
		for last+1 < len(c.Stays) && c.Stays[last+1].Skill == c.Stays[first].Skill {
			last++
		}
		i = last + 1
		begin, end, wait := c.Stays[first].From, c.Stays[last].To, int64(longest)
		if c.Stays[first].Skill < 0 {
			wait = longestOfNone
		}
		answer := slices.IndexFunc(c.Talk, func(s world.Said) bool {
			return !s.Consumer && !s.Bot && s.At >= begin && (end < 0 || s.At < end)
		})
		n.add(within(begin) && answer >= 0 && c.Talk[answer].At-begin <= wait, &n.inTime)
	}
}

// agentsIn are the agents who were logged in at some time, or are now, and for how long they were
// logged in, in milliseconds, and online, in the full seconds of each bucket.
func agentsIn(account *world.Account, from, to, now int64) (agents, loggedIn, online float64) {
	type part struct {
		agent int
		start int64
	}
	seen, parts := map[int]bool{}, map[part]int64{}
	for _, s := range account.Stints(from, now+1, now) {
		if s.From > to && !s.Lasts {
			continue
		}
		seen[s.Agent] = true
		loggedIn += float64(max(0, min(s.To, to)-max(s.From, from)))
		if s.Status != world.Online {
			continue
		}
		for start := from; start < to; start += bucketMS {
			parts[part{s.Agent, start}] += max(0, min(s.To, start+bucketMS)-max(s.From, start))
		}
	}
	for _, ms := range parts {
		online += float64(ms / 1000)
	}
	return float64(len(seen)), loggedIn, online
}
