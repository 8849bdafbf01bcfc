package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/readertest"
	"transporter/internal/sandbox/world"
)

// presentFamilies are the reports of this moment, and of the time up to it that is as long as the
// window.
func presentFamilies(account *world.Account, w httpapi.WindowView, at time.Time) []family {
	now := at.UnixMilli()
	from := now - w.To.Sub(w.From).Milliseconds()
	talks, chats := account.Live(from, now), chatsIn(account, from, now, now)
	agents, open, slots := presentAgents(account, talks, now)
	var rated float64
	for _, c := range talks {
		if c.Answered >= from && c.Answered < now {
			rated++
		}
	}
	skills := float64(len(account.SkillIDs()) - 1)
	list := []family{
		{report: "raw.agentmetrics.status", sums: map[string]float64{
			rowCount: agents, "response.openAssignedConversations": open, "response.busySlots": open, "response.configuredMaxSlots": slots,
		}},
		{report: "raw.agentmetrics.summary", sums: map[string]float64{rowCount: 1, "response.summaryResults.openAssignedConversations": open}},
		{report: "wfm.agent_snapshot", sums: map[string]float64{rowCount: agents, "open_assigned": open, "max_slots": slots}},
		{report: "raw.rt.queuestate", sums: map[string]float64{rowCount: 1, "response.totals.currentQueueSize": chats.queued}},
		{report: "raw.ops.msgewt", sums: map[string]float64{rowCount: skills, "response.estimatedWaitTime": estimated(talks, now)}},
		{report: "raw.ops.msgcsat", sums: map[string]float64{rowCount: 1, "response.skillsMetricsPerAgent.metricsTotals.total_answers": rated}},
		{report: "raw.rt.sla", sums: map[string]float64{rowCount: 1, "response.slaDataRange.120.chats": chats.late}},
		{report: "wfm.sla_histogram", sums: map[string]float64{"chats": chats.answered}},
	}
	for i := range list {
		list[i].live, list[i].quiet = true, true
	}
	return list
}

// presentAgents are the agents who are logged in now, with their open conversations and slots.
func presentAgents(account *world.Account, talks []*world.Live, now int64) (agents, open, slots float64) {
	present := map[int64]bool{}
	for _, s := range account.Stints(now-1, now, now) {
		if s.Lasts {
			staff := account.Staff(s.Agent)
			present[staff.ID] = true
			agents, slots = agents+1, slots+float64(staff.MaxSlots)
		}
	}
	for _, c := range talks {
		if c.End < 0 && present[c.Stays[len(c.Stays)-1].Agent] {
			open++
		}
	}
	return agents, open, slots
}

// estimated adds up the mean waits of all skills, in full seconds, of those assigned within the last hour.
func estimated(talks []*world.Live, now int64) (seconds float64) {
	sums, counts := map[int64]int64{}, map[int64]int64{}
	for _, c := range talks {
		for _, s := range c.Stays {
			if s.Skill > 0 && s.Assigned >= now-time.Hour.Milliseconds() && s.Assigned < now {
				sums[s.Skill] += s.Assigned - s.From
				counts[s.Skill]++
			}
		}
	}
	for skill, sum := range sums {
		seconds += float64(sum / counts[skill] / 1000)
	}
	return seconds
}

// chatSums are of chats; times are full seconds of each.
type chatSums struct {
	entered, answered, abandoned, waited, gaveUp, interactive, took float64
	late, queued                                                    float64
	known, inTime                                                   float64 // to the history: those that it has by now
}

func chatsIn(account *world.Account, from, to, now int64) (n chatSums) {
	within := func(at int64) bool { return at >= from && at < to }
	count := func(is bool, sum *float64, by int64) {
		if is {
			*sum += float64(by)
		}
	}
	told := map[[2]int64]bool{}
	for e := range account.Engagements(now) {
		told[[2]int64{e.Start, e.End}] = true
	}
	for _, c := range account.LiveChats(from, now) {
		waited := c.Answered - c.Entered
		count(within(c.Entered), &n.entered, 1)
		count(within(c.Answered), &n.answered, 1)
		count(within(c.Answered), &n.waited, waited/1000)
		count(within(c.Answered) && waited >= 120_000, &n.late, 1)
		count(within(c.Left) && c.Abandoned, &n.abandoned, 1)
		count(within(c.Left) && c.Abandoned, &n.gaveUp, (c.Left-c.Entered)/1000)
		count(within(c.Left) && c.Interactive && c.Answered >= 0, &n.interactive, 1)
		count(within(c.Left) && c.Interactive && c.Answered >= 0, &n.took, (c.Left-c.Answered)/1000)
		count(c.Answered < 0 && c.Left < 0, &n.queued, 1)
		has := told[[2]int64{c.Answered, c.Left}]
		count(within(c.Answered) && has, &n.known, 1)
		count(within(c.Answered) && has && waited < 60_000, &n.inTime, 1)
	}
	return n
}

// The queues as they are now: the platform tells them of conversations up to the moment of the call
// only, so they are asked of a sandbox whose clock goes on, and compared as of that moment.
func TestQueuesOfThisMomentAreDelivered(t *testing.T) {
	t.Parallel()
	const size = 2_000_000 // so many that some wait at any hour
	s := start(t, options{size: size, now: thisHour(), sandbox: realClock})
	b, account := s.brand(t), world.NewAccount(1, platform, size)
	begin := func(report string) string {
		one := spec(report, "jsonl")
		one.Destinations = b.legs("queues/" + report)[:1]
		return b.begin(t, b.task(t, one), s.before(0, time.Hour))
	}
	raw, flat := begin("raw.ops.msgqueuehealth_current"), begin("wfm.queue_snapshot")

	rows := b.rowsOf(t, raw)
	require.Len(t, rows, 1)
	const of = "response.metricsTotal."
	asked := queuesAt(account, int64(valueOf(t, rows[0], "request.query.toMillis")), int64(valueOf(t, rows[0], of+"time")))
	require.Positive(t, asked.waiting)
	require.Equal(t, asked, queues{valueOf(t, rows[0], of+"unassignedConversations"), valueOf(t, rows[0], of+"overdueConversationsTotal")})

	var told, want queues
	for _, row := range b.rowsOf(t, flat) {
		if row["channel"] != "messaging" {
			continue
		}
		told.waiting += valueOf(t, row, "unassigned")
		told.overdue += valueOf(t, row, "overdue_total")
		want = queuesAt(account, momentOf(t, row, "snapshot_at"), momentOf(t, row, "source_time"))
	}
	require.Positive(t, want.waiting)
	require.Equal(t, want, told)
}

func momentOf(t *testing.T, row readertest.Row, column string) int64 {
	t.Helper()
	text, _ := row[column].(string) // what is none is no time
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err, column)
	return at.UnixMilli()
}

// queues counts the conversations that wait, and those whose answer is overdue.
type queues struct{ waiting, overdue float64 }

// queuesAt are those that began within three days, less a minute, before the time asked for.
func queuesAt(account *world.Account, asked, now int64) (q queues) {
	const due = 5 * 60 * 1000
	from := asked - (3*24*time.Hour - time.Minute).Milliseconds()
	for _, c := range account.Live(from, now) {
		if c.End >= 0 || c.Start < from || c.Start >= asked {
			continue
		}
		if c.Stays[len(c.Stays)-1].Assigned < 0 {
			q.waiting++
		}
		if n := len(c.Talk); n > 0 && c.Talk[n-1].Consumer && now-c.Talk[n-1].At > due {
			q.overdue++
		}
	}
	return q
}
