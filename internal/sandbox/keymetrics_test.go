package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

const managerPath = "/manager_workspace/api/account/" + sandboxtest.AccountID + "/"

// keyBody is a body of the Key Messaging Metrics API about [from, to].
func keyBody(from, to time.Time, filters, more string) string {
	return fmt.Sprintf(`{"filters":{"time":{"from":%d,"to":%d}%s}%s}`, ms(from), ms(to), filters, more)
}

func ask(t *testing.T, r *sandboxtest.Running, path, body string, into any) {
	t.Helper()
	a := do(t, r, http.MethodPost, r.URL+managerPath+path, body, good)
	require.Equal(t, 200, a.status, "%s", a.body)
	require.NoError(t, json.Unmarshal(a.body, into))
}

type keyGroups struct {
	Metadata struct {
		Count int
		Next  *struct{ Href string }
	}
	All     map[string]float64
	GroupBy struct {
		Groups []struct {
			Key, KeyDescription string
			Metrics             map[string]float64
		}
	}
}

// TestKeyMetricsAgreeWithTheHistory counts, in what the messaging history tells of two hours,
// what was closed and by whom, handed over, answered and after how long, by skill; and what is
// open now.
func TestKeyMetricsAgreeWithTheHistory(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 31, Conversations: 400_000})
	from, to := sandboxtest.Now.Add(-3*time.Hour), sandboxtest.Now.Add(-time.Hour)
	want, waits, durations := map[string]map[string]float64{}, map[string][]int64{}, map[string][]int64{}
	add := func(skill int64, metric string) {
		key := strconv.FormatInt(skill, 10)
		if want[key] == nil {
			want[key] = map[string]float64{}
		}
		want[key][metric]++
	}
	during := func(at int64) bool { return at >= ms(from) && at <= ms(to) }
	for _, c := range alive(t, r, from, "messageRecords", "agentParticipants") {
		stays := c.stays()
		last := stays[len(stays)-1]
		if end := c.Info.ConversationEndTimeL; end < 0 {
			add(last.skill, map[bool]string{true: "assignedConversations", false: "unassignedConversations"}[last.assigned])
		} else if during(end) {
			add(last.skill, "closedConversations")
			add(last.skill, "concludedConversations")
			add(last.skill, map[string]string{"AGENT": "closedByAgent", "CONSUMER": "closedByConsumer", "SYSTEM": "autoClosed"}[c.Info.CloseReason])
			key := strconv.FormatInt(last.skill, 10)
			durations[key] = append(durations[key], end-c.Info.StartTimeL)
		}
		for _, move := range c.Transfers {
			if during(move.TimeL) && (move.Reason == "Skill" || move.Reason == "Agent") {
				add(move.SourceSkillID, "concludedConversations")
			}
		}
		c.humanAnswers(func(at, wait int64) {
			if during(at) {
				key := strconv.FormatInt(c.skillAt(at), 10)
				waits[key] = append(waits[key], wait)
			}
		})
	}
	var got keyGroups
	ask(t, r, "metrics", keyBody(from, to, "", `,"groupBy":"skillId","metricsToRetrieveByTime":["closed_conversations","closed_by_agent",
		"closed_by_consumer","auto_closed","concluded_conversations","avg_wait_time","avg_conversations_duration"],
		"metricsToRetrieveCurrentValue":["assigned_conversations","unassigned_conversations"]`), &got)
	require.Equal(t, len(got.GroupBy.Groups), got.Metadata.Count)
	total, answers := map[string]float64{}, 0
	for _, g := range got.GroupBy.Groups {
		requireMean(t, waits[g.Key], g.Metrics, "avgWaitTime", g.Key)
		requireMean(t, durations[g.Key], g.Metrics, "avgConversationsDuration", g.Key)
		answers += len(waits[g.Key])
		for name, n := range g.Metrics {
			if name[:3] != "avg" {
				require.InDelta(t, want[g.Key][name], n, 0, "%s of %s", name, g.Key)
				total[name] += n
			}
		}
	}
	require.Greater(t, answers, 50)
	for name, n := range total {
		require.Positive(t, n, name)
		require.InDelta(t, n, got.All[name], 0, "%s of all", name)
	}
}

// requireMean compares an average, which is left out when there is nothing to average.
func requireMean(t *testing.T, list []int64, metrics map[string]float64, name, key string) {
	t.Helper()
	got, given := metrics[name]
	require.Equal(t, len(list) > 0, given, "%s of %s", name, key)
	if !given {
		return
	}
	sum := int64(0)
	for _, v := range list {
		sum += v
	}
	require.InDelta(t, float64(sum)/float64(len(list)), got, 1e-6, "%s of %s", name, key)
}

// humanAnswers visits every first message of a human after the consumer's, with the time since
// the first of those.
func (c *told) humanAnswers(visit func(at, wait int64)) {
	kind := map[string]string{}
	for _, p := range c.AgentParticipants {
		kind[p.AgentID] = p.UserType
	}
	asked := int64(-1)
	for _, m := range c.MessageRecords {
		switch {
		case m.DialogID != c.Info.ConversationID || m.Audience == "AGENTS_AND_MANAGERS" || kind[m.ParticipantID] == "0":
		case m.SentBy == "Consumer":
			if asked < 0 {
				asked = m.TimeL
			}
		default:
			if kind[m.ParticipantID] == "1" && asked >= 0 {
				visit(m.TimeL, m.TimeL-asked)
			}
			asked = -1
		}
	}
}

// skillAt is where the conversation was.
func (c *told) skillAt(at int64) int64 {
	skill := c.Info.LatestSkillID
	for i := len(c.Transfers) - 1; i >= 0 && c.Transfers[i].TimeL > at; i-- {
		skill = c.Transfers[i].SourceSkillID
	}
	return skill
}

// TestKeyMetricsAgreeWithTheOtherLiveNumbers asks two APIs for the same hour and moment.
func TestKeyMetricsAgreeWithTheOtherLiveNumbers(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 32, Conversations: 1_000_000})
	var resolved struct {
		MetricsTotals struct{ TotalResolvedConversations float64 }
	}
	get(t, r, operationsPath+"msgconversation?timeframe=60&v=1", &resolved)
	var summary struct {
		SummaryResults struct {
			OpenAssignedConversations, NumOnlineAgents, NumBackSoonAgents, NumAwayAgents float64
			WeightedAvgLoad                                                              float64
		}
	}
	a := do(t, r, http.MethodPost, r.URL+"/messaging_history/api/account/"+sandboxtest.AccountID+"/agent-view/summary", `{}`, good)
	require.NoError(t, json.Unmarshal(a.body, &summary))
	var got keyGroups
	ask(t, r, "metrics", keyBody(sandboxtest.Now.Add(-time.Hour), sandboxtest.Now, "", `,"metricsToRetrieveByTime":["closed_conversations"],
		"metricsToRetrieveCurrentValue":["online_agents","back_soon_agents","away_agents","human_agent_load"]`), &got)
	require.Positive(t, resolved.MetricsTotals.TotalResolvedConversations)
	require.Equal(t, map[string]float64{
		"closedConversations": resolved.MetricsTotals.TotalResolvedConversations,
		"onlineAgents":        summary.SummaryResults.NumOnlineAgents, "backSoonAgents": summary.SummaryResults.NumBackSoonAgents,
		"awayAgents": summary.SummaryResults.NumAwayAgents, "humanAgentLoad": got.All["humanAgentLoad"],
	}, got.All)
	require.InDelta(t, summary.SummaryResults.WeightedAvgLoad/100, got.All["humanAgentLoad"], 1e-9, "a ratio here, percent there")
	require.Zero(t, got.Metadata.Count, "without groups")
}

// TestAgentViewAgreesWithStatusChanges adds up the status changes of the agent activity API for
// everybody who was logged in, also those who have left.
func TestAgentViewAgreesWithStatusChanges(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 33, Conversations: 200_000})
	from, to := sandboxtest.Now.Add(-5*time.Hour), sandboxtest.Now.Add(-time.Hour)
	want, last, status := map[int64]map[string]int64{}, map[int64]change{}, map[int]string{2: "ONLINE", 3: "BACK_SOON", 4: "AWAY"}
	until := func(agent int64, at time.Time) {
		before, ok := last[agent]
		if word := status[before.StatusSubType]; ok && word != "" {
			if want[agent] == nil {
				want[agent] = map[string]int64{}
			}
			want[agent][word] += max(min(ms(at), ms(to))-max(ms(before.Time), ms(from)), 0)
		}
	}
	for _, c := range askChanges(t, r, span(sandboxtest.Now.Truncate(24*time.Hour), sandboxtest.Now, "v", "2", "limit", "5000")).StateChanges {
		until(c.AgentID, c.Time)
		last[c.AgentID] = c
	}
	for agent := range last {
		until(agent, sandboxtest.Now)
	}
	var got struct {
		Metadata         struct{ Count int }
		AgentViewRecords []struct {
			AgentID, AgentCurrentStatus   string
			LoginDuration, OnlineDuration int64
			AgentStatusDurationList       []struct {
				AgentStatus         string
				AgentStatusDuration int64
			}
		}
	}
	ask(t, r, "agent_view?limit=1000", keyBody(from, to, `,"effectiveAgentStatus":["ONLINE","AWAY","BACK_SOON","OFFLINE"]`, `,"includeAgentMetadata":"false",
		"metricsToRetrieveByTime":["agent_status_duration","agent_login_duration","agent_online_duration"],"metricsToRetrieveCurrentValue":["agent_current_status"]`), &got)
	require.Equal(t, got.Metadata.Count, len(got.AgentViewRecords))
	seen, offline := map[int64]bool{}, 0
	for _, a := range got.AgentViewRecords {
		id, err := strconv.ParseInt(a.AgentID, 10, 64)
		require.NoError(t, err)
		seen[id] = true
		sum := int64(0)
		for _, d := range a.AgentStatusDurationList {
			require.Equal(t, want[id][d.AgentStatus], d.AgentStatusDuration, "%d %s", id, d.AgentStatus)
			sum += d.AgentStatusDuration
		}
		require.Equal(t, sum, a.LoginDuration)
		require.Equal(t, want[id]["ONLINE"], a.OnlineDuration)
		if now := status[last[id].StatusSubType]; now != "" {
			require.Equal(t, now, a.AgentCurrentStatus)
		} else {
			require.Equal(t, "OFFLINE", a.AgentCurrentStatus)
			offline++
		}
	}
	require.Positive(t, offline)
	for id, durations := range want {
		if durations["ONLINE"]+durations["AWAY"]+durations["BACK_SOON"] > 0 {
			require.True(t, seen[id], "agent %d was logged in", id)
		}
	}
}

func TestKeyMetricsRefuseWhatThePagesRefuse(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 1, Conversations: 4000})
	from, to := sandboxtest.Now.Add(-time.Hour), sandboxtest.Now
	for name, c := range map[string]struct{ path, body, want string }{
		"no time":           {"metrics", `{"filters":{}}`, "filters.time: from and to are required"},
		"over 24 hours":     {"historical", keyBody(to.Add(-25*time.Hour), to, "", ""), "more than 24 hours ago"},
		"unknown metric":    {"metrics", keyBody(from, to, "", `,"metricsToRetrieveByTime":["transfers"]`), `"transfers" is not one of avg_wait_time, `},
		"metric of another": {"historical", keyBody(from, to, "", `,"metricsToRetrieveByTime":["csat"]`), `"csat" is not one of transfers, `},
		"current as past":   {"agent_view", keyBody(from, to, "", `,"metricsToRetrieveByTime":["agent_load"]`), `"agent_load" is not one of`},
		"group of another":  {"metrics", keyBody(from, to, "", `,"groupBy":"agentId"`), `groupBy: "agentId"`},
		"skills of agents":  {"agent_view", keyBody(from, to, `,"skillIds":["1"]`, ""), "agentSkillIds"},
		"kind of user":      {"metrics", keyBody(from, to, `,"userTypes":["SYSTEM"]`, ""), `"SYSTEM" is not one of HUMAN, BOT`},
		"page of groups":    {"metrics?limit=51", keyBody(from, to, "", ""), "limit: must be less than or equal to 50"},
		"1,001st agent":     {"agent_view?offset=951&limit=50", keyBody(from, to, "", ""), "must not be more than 1000 together"},
		"101 points":        {"historical?interval=1", keyBody(to.Add(-100*time.Minute), to, "", ""), "makes 101 points"},
	} {
		t.Run(name, func(t *testing.T) {
			a := do(t, r, http.MethodPost, r.URL+managerPath+c.path, c.body, good)
			require.Equal(t, http.StatusBadRequest, a.status, "%s", a.body)
			require.Contains(t, string(a.body), strconv.Quote(c.want)[1:len(strconv.Quote(c.want))-1])
		})
	}
}

// TestAPointIsAboutTheTimeBeforeIt asks for the trend in the way of the published example: one
// point more than there are intervals, the distance chosen by the platform.
func TestAPointIsAboutTheTimeBeforeIt(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 34, Conversations: 400_000})
	type trend struct {
		HistoricalMetricsIntervals []struct {
			Timestamp int64
			Values    map[string]float64
		}
	}
	var day, hour trend
	ask(t, r, "historical", keyBody(sandboxtest.Now.Add(-12*time.Hour), sandboxtest.Now, "", `,"metricsToRetrieveByTime":["closed_conversations"]`), &day)
	require.Len(t, day.HistoricalMetricsIntervals, 13)
	require.Equal(t, ms(sandboxtest.Now.Add(-12*time.Hour)), day.HistoricalMetricsIntervals[0].Timestamp)
	ask(t, r, "historical?interval=5", keyBody(sandboxtest.Now.Add(-2*time.Hour), sandboxtest.Now.Add(-time.Hour), "", `,"metricsToRetrieveByTime":["closed_conversations"]`), &hour)
	require.Len(t, hour.HistoricalMetricsIntervals, 13)
	sum := 0.0
	for _, p := range hour.HistoricalMetricsIntervals[1:] {
		sum += p.Values["closedConversations"]
	}
	require.Positive(t, sum)
	require.InDelta(t, day.HistoricalMetricsIntervals[11].Values["closedConversations"], sum, 0)
}
