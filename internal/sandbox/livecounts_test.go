package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

// TestAgentSegmentsAgreeWithTheHistory counts the assignments whose conversation moved on or
// ended within the timeframe.
func TestAgentSegmentsAgreeWithTheHistory(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 13, Conversations: 200_000})
	var got struct {
		AgentsMetrics struct {
			MetricsPerAgent map[string]struct{ TotalAgentConversationSegments int }
		}
	}
	get(t, r, operationsPath+"msgagentsegments?timeframe=300&v=1&agentIds=all", &got)
	from, want := ms(sandboxtest.Now.Add(-300*time.Minute)), map[string]int{}
	for _, c := range alive(t, r, sandboxtest.Now.Add(-300*time.Minute)) {
		stays := c.stays()
		for i, s := range stays {
			left := c.Info.ConversationEndTimeL
			if i+1 < len(stays) {
				left = stays[i+1].from
			}
			if s.assigned && left >= from {
				want[s.agent]++
			}
		}
	}
	have := map[string]int{}
	for agent, numbers := range got.AgentsMetrics.MetricsPerAgent {
		have[agent] = numbers.TotalAgentConversationSegments
	}
	require.NotEmpty(t, want)
	require.Equal(t, want, have)
}

// TestChatNumbersAgreeWithEachOther asks three methods for the chats that were answered.
func TestChatNumbersAgreeWithEachOther(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 14, Conversations: 400_000})
	var queue struct {
		MetricsByIntervals []struct {
			MetricsData struct {
				MetricsTotals struct{ ConnectedEng, EnteredQEng int }
			}
		}
		SkillsMetrics map[string]struct{ ConnectedEng, AbandonedEng int }
		MetricsTotals struct{ ConnectedEng, AbandonedEng, EnteredQEng int }
	}
	get(t, r, operationsPath+"queuehealth?timeframe=300&interval=5&v=1&skillIds=all", &queue)
	connected, entered := 0, 0
	for _, interval := range queue.MetricsByIntervals {
		connected += interval.MetricsData.MetricsTotals.ConnectedEng
		entered += interval.MetricsData.MetricsTotals.EnteredQEng
	}
	require.Greater(t, connected, 10)
	require.Positive(t, queue.MetricsTotals.AbandonedEng)
	require.Equal(t, queue.MetricsTotals.ConnectedEng, connected, "intervals share no chat and lose none")
	require.Equal(t, queue.MetricsTotals.EnteredQEng, entered)

	var engagements struct {
		MetricsTotals struct{ ConnectedEngagements int }
	}
	get(t, r, operationsPath+"engactivity?timeframe=300&v=1", &engagements)
	require.Equal(t, connected, engagements.MetricsTotals.ConnectedEngagements)

	for skill, numbers := range queue.SkillsMetrics {
		var sla struct {
			SLADataRange map[string]struct {
				Chats                            int
				Accumulated, PercentageFromTotal float64
			}
		}
		get(t, r, operationsPath+"sla?timeframe=300&v=1&histogram=0,5,60&skillIds="+skill, &sla)
		require.Len(t, sla.SLADataRange, 3)
		sum := 0
		for _, bucket := range sla.SLADataRange {
			sum += bucket.Chats
		}
		require.Equal(t, numbers.ConnectedEng, sum, skill)
		if sum > 0 {
			require.InDelta(t, 1, sla.SLADataRange["60"].Accumulated, 1e-9, "a share is a fraction")
		}
	}
}

// TestAgentActivityAgreesWithStatusChanges adds up the status changes of the agent activity
// API, from login to logout.
func TestAgentActivityAgreesWithStatusChanges(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 15, Conversations: 100_000})
	const minutes = 120
	var got struct {
		AgentsMetrics struct {
			MetricsPerAgent map[string][]struct {
				ID    int
				Value struct{ Total, Chatting, NotChatting int64 }
			}
		}
	}
	get(t, r, fmt.Sprintf("%sagentactivity?timeframe=%d&v=1&agentIds=all", operationsPath, minutes), &got)
	day := sandboxtest.Now.Truncate(24 * time.Hour)
	a := do(t, r, "GET", fmt.Sprintf("%s/api/v2/account/%s/status-changes?source=test&v=2&limit=5000&from=%s&to=%s", r.URL, sandboxtest.AccountID,
		day.Format(time.RFC3339), sandboxtest.Now.Format(time.RFC3339)), "", good)
	require.Equal(t, 200, a.status, "%s", a.body)
	var changes struct {
		StateChanges []struct {
			AgentID                   json.RawMessage
			Time                      time.Time
			StatusType, StatusSubType int
		}
	}
	require.NoError(t, json.Unmarshal(a.body, &changes))
	type since struct {
		at     time.Time
		status int
	}
	last, want := map[string]since{}, map[string]map[int]time.Duration{}
	from := sandboxtest.Now.Add(-minutes * time.Minute)
	add := func(agent string, until time.Time) {
		s := last[agent]
		if s.at.Before(from) {
			s.at = from
		}
		if s.status > 1 && until.After(s.at) {
			if want[agent] == nil {
				want[agent] = map[int]time.Duration{}
			}
			want[agent][s.status] += until.Sub(s.at)
		}
	}
	for _, c := range changes.StateChanges {
		var agent any
		require.NoError(t, json.Unmarshal(c.AgentID, &agent))
		id := fmt.Sprint(agent)
		if number, ok := agent.(float64); ok {
			id = strconv.FormatInt(int64(number), 10)
		}
		add(id, c.Time)
		last[id] = since{c.Time, c.StatusSubType}
	}
	for agent := range last {
		add(agent, sandboxtest.Now)
	}
	require.NotEmpty(t, want)
	require.Len(t, got.AgentsMetrics.MetricsPerAgent, len(want))
	for agent, states := range got.AgentsMetrics.MetricsPerAgent {
		total := int64(0)
		for _, state := range states {
			require.LessOrEqual(t, state.Value.Chatting, state.Value.Total)
			if state.ID > 0 {
				require.InDelta(t, want[agent][state.ID].Seconds(), state.Value.Total, 1, "agent %s in state %d", agent, state.ID)
				total += state.Value.Total
			} else {
				require.InDelta(t, total, state.Value.Total, 4, "logged in is the sum, but for whole seconds")
			}
		}
	}
}

// TestChatEngagementsAgreeWithTheHistory counts the engagements that the history tells of.
func TestChatEngagementsAgreeWithTheHistory(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 16, Conversations: 400_000})
	from, to := sandboxtest.Now.Add(-10*time.Hour), sandboxtest.Now.Add(-5*time.Hour)
	type numbers struct{ TotalInteractiveChats, TotalNonInteractiveChats, TotalHandlingTime int64 }
	var got struct {
		MetricsByIntervals []struct {
			Timestamp   int64
			MetricsData struct{ MetricsTotals numbers }
		}
	}
	get(t, r, operationsPath+"engactivity?timeframe=600&interval=60&v=1", &got)
	var have, want numbers
	for _, interval := range got.MetricsByIntervals {
		if one := interval.MetricsData.MetricsTotals; interval.Timestamp <= ms(to) {
			have.TotalInteractiveChats += one.TotalInteractiveChats
			have.TotalNonInteractiveChats += one.TotalNonInteractiveChats
			have.TotalHandlingTime += one.TotalHandlingTime
		}
	}
	path := fmt.Sprintf("%s/interaction_history/api/account/%s/interactions/search?source=test&limit=100&offset=", r.URL, sandboxtest.AccountID)
	for offset, count := 0, 1; offset < count; offset += 100 {
		a := do(t, r, "POST", path+strconv.Itoa(offset), startBody(sandboxtest.Now.AddDate(0, 0, -3), sandboxtest.Now, ""), good)
		require.Equal(t, 200, a.status, "%s", a.body)
		var page struct {
			Metadata struct{ Count int } `json:"_metadata"`
			Records  []struct {
				Info struct {
					EndTimeL, StartTimeL int64
					Interactive          bool
				}
			} `json:"interactionHistoryRecords"`
		}
		require.NoError(t, json.Unmarshal(a.body, &page))
		count = page.Metadata.Count
		for _, record := range page.Records {
			switch i := record.Info; {
			case i.EndTimeL < ms(from) || i.EndTimeL >= ms(to):
			case i.Interactive:
				want.TotalInteractiveChats++
				want.TotalHandlingTime += (i.EndTimeL - i.StartTimeL) / 1000
			default:
				want.TotalNonInteractiveChats++
			}
		}
	}
	require.Positive(t, want.TotalInteractiveChats)
	require.Positive(t, want.TotalNonInteractiveChats)
	require.Equal(t, want, have)
}
