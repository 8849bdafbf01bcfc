package sandbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

const operationsPath = "/operations/api/account/" + sandboxtest.AccountID + "/"

// told is a conversation as the history tells it.
type told struct {
	Info struct {
		ConversationID                   string
		StartTimeL, ConversationEndTimeL int64
		LatestSkillID                    int64
		CloseReason                      string
		IsPartial                        bool
	}
	Transfers []struct {
		TimeL                        int64
		SourceSkillID, TargetSkillID int64
		Reason                       string
	}
	Interactions []struct {
		InteractionTimeL int64
		AssignedAgentID  string
	}
	// Of those who ask for them.
	MessageRecords []struct {
		TimeL                                     int64
		SentBy, Audience, DialogID, ParticipantID string
	}
	AgentParticipants []struct {
		AgentID, UserType string
		AgentGroupID      int64
	}
}

// alive reads, over the messaging history, the conversations that were open at or after since.
func alive(t *testing.T, r *sandboxtest.Running, since time.Time, more ...string) (list []told) {
	t.Helper()
	content, err := json.Marshal(append(more, "transfers", "interactions"))
	require.NoError(t, err)
	for _, filter := range []string{
		`,"status":["OPEN"]`, fmt.Sprintf(`,"status":["CLOSE"],"end":{"from":%d,"to":%d}`, ms(since), ms(sandboxtest.Now)),
	} {
		for months := 0; months < 14; months += 2 {
			to := sandboxtest.Now.AddDate(0, -months, 0)
			body := startBody(to.AddDate(0, -2, 0).Add(10*time.Minute), to.Add(-time.Millisecond), filter+`,"contentToRetrieve":`+string(content))
			for offset, count := 0, 1; offset < count; offset += 100 {
				a := do(t, r, "POST", fmt.Sprintf("%s%s?source=test&limit=100&offset=%d", r.URL, searchPath, offset), body, good)
				require.Equal(t, 200, a.status, "%s", a.body)
				var page struct {
					Metadata struct{ Count int } `json:"_metadata"`
					Records  []told              `json:"conversationHistoryRecords"`
				}
				require.NoError(t, json.Unmarshal(a.body, &page))
				list, count = append(list, page.Records...), page.Metadata.Count
			}
		}
	}
	require.NotEmpty(t, list)
	for i := range list {
		if list[i].Info.IsPartial {
			list[i] = whole(t, r, list[i].Info.ConversationID, content)
		}
	}
	return list
}

// whole reads a conversation by its id, which is not cut.
func whole(t *testing.T, r *sandboxtest.Running, id string, content []byte) told {
	t.Helper()
	a := do(t, r, "POST", r.URL+byIDPath+"?source=test", fmt.Sprintf(`{"conversationId":%q,"contentToRetrieve":%s}`, id, content), good)
	require.Equal(t, 200, a.status, "%s", a.body)
	var page struct {
		Records []told `json:"conversationHistoryRecords"`
	}
	require.NoError(t, json.Unmarshal(a.body, &page))
	require.Len(t, page.Records, 1)
	return page.Records[0]
}

// stay is a time in the queue of a skill.
type stay struct {
	skill, from, to int64
	assigned        bool
	agent           string
}

// stays works out from transfers and assignments when the conversation waited, and where.
func (c *told) stays() (list []stay) {
	end := c.Info.ConversationEndTimeL
	if end < 0 {
		end = ms(sandboxtest.Now)
	}
	next := stay{skill: c.Info.LatestSkillID, from: c.Info.StartTimeL}
	if len(c.Transfers) > 0 {
		next.skill = c.Transfers[0].SourceSkillID
	}
	for i := 0; ; i++ {
		next.to = end
		if i < len(c.Transfers) {
			next.to = c.Transfers[i].TimeL
		}
		for _, a := range c.Interactions {
			if a.InteractionTimeL >= next.from && a.InteractionTimeL < next.to {
				next.to, next.assigned, next.agent = a.InteractionTimeL, true, a.AssignedAgentID
				break
			}
		}
		list = append(list, next)
		if i == len(c.Transfers) {
			return list
		}
		next = stay{skill: c.Transfers[i].TargetSkillID, from: c.Transfers[i].TimeL}
	}
}

func get(t *testing.T, r *sandboxtest.Running, path string, into any) {
	t.Helper()
	a := do(t, r, "GET", r.URL+path, "", good)
	require.Equal(t, 200, a.status, "%s", a.body)
	require.NoError(t, json.Unmarshal(a.body, into))
}

type queueNumbers struct {
	UnassignedConversations       float64
	MaxWaitTimeForAgentAssignment int64
}

type queueAnswer struct {
	MetricsByIntervals []struct {
		Timestamp   int64
		MetricsData struct {
			SkillsMetrics map[string]queueNumbers
			MetricsTotal  queueNumbers
		}
	}
}

func TestQueueHealthAgreesWithTheHistory(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 11, Conversations: 200_000})
	from := sandboxtest.Now.Add(-6 * time.Hour)
	var got queueAnswer
	get(t, r, fmt.Sprintf("%smsgqueuehealth?v=2&skillIds=all&interval=30&fromMillis=%d&toMillis=%d", operationsPath, ms(from), ms(sandboxtest.Now)), &got)
	require.Len(t, got.MetricsByIntervals, 12)
	conversations, waited := alive(t, r, from), int64(0)
	for _, interval := range got.MetricsByIntervals {
		start, end := interval.Timestamp, interval.Timestamp+30*60_000
		require.Zero(t, (start-ms(from))%(30*60_000), "stamps are starts")
		waiting, longest := map[string]int64{}, map[string]int64{}
		for _, c := range conversations {
			for _, s := range c.stays() {
				skill := strconv.FormatInt(s.skill, 10)
				waiting[skill] += max(min(s.to, end)-max(s.from, start), 0)
				if s.assigned && s.to >= start && s.to < end {
					longest[skill] = max(longest[skill], s.to-s.from)
				}
			}
		}
		for skill, want := range waiting {
			require.InDelta(t, float64(want)/(30*60_000), interval.MetricsData.SkillsMetrics[skill].UnassignedConversations, 1e-9, "skill %s at %d", skill, start)
			waited += want
		}
		for skill, numbers := range interval.MetricsData.SkillsMetrics {
			if want, ok := longest[skill]; ok {
				require.Equal(t, want, numbers.MaxWaitTimeForAgentAssignment)
			} else {
				require.EqualValues(t, -1, numbers.MaxWaitTimeForAgentAssignment, "-1 stands for no data")
			}
		}
	}
	require.Positive(t, waited)
}

func TestResolvedConversationsAgreeWithTheHistory(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 12, Conversations: 200_000})
	var got struct {
		MetricsByIntervals []struct {
			Timestamp   int64
			MetricsData struct {
				SkillsMetricsPerAgent struct {
					MetricsPerSkill map[string]struct {
						MetricsPerAgent map[string]struct {
							TotalResolvedConversations int
							ByConsumer                 int `json:"resolvedConversations_byConsumer"`
						}
					}
				}
			}
		}
	}
	get(t, r, operationsPath+"msgconversation?timeframe=180&v=1&interval=15&skillIds=all", &got)
	type key struct {
		end          int64
		skill, agent string
	}
	want, wantConsumer, have, haveConsumer := map[key]int{}, map[key]int{}, map[key]int{}, map[key]int{}
	for _, c := range alive(t, r, sandboxtest.Now.Add(-180*time.Minute)) {
		if c.Info.ConversationEndTimeL < ms(sandboxtest.Now.Add(-180*time.Minute)) {
			continue
		}
		last := c.stays()[len(c.stays())-1]
		if !last.assigned {
			last.agent = "-1"
		}
		const quarter = 15 * 60_000
		k := key{(c.Info.ConversationEndTimeL/quarter + 1) * quarter, strconv.FormatInt(last.skill, 10), last.agent}
		want[k]++
		if c.Info.CloseReason == "CONSUMER" {
			wantConsumer[k]++
		}
	}
	for _, interval := range got.MetricsByIntervals {
		for skill, agents := range interval.MetricsData.SkillsMetricsPerAgent.MetricsPerSkill {
			for agent, numbers := range agents.MetricsPerAgent {
				k := key{interval.Timestamp, skill, agent}
				have[k] = numbers.TotalResolvedConversations
				if numbers.ByConsumer > 0 {
					haveConsumer[k] = numbers.ByConsumer
				}
			}
		}
	}
	require.Greater(t, len(want), 10)
	require.Equal(t, want, have)
	require.Equal(t, wantConsumer, haveConsumer)
}

// TestIntervalsEndAtFullFiveMinutes is the example of the published pages: at 08:07, twenty
// minutes by ten make three intervals, of which the earliest holds five minutes.
func TestIntervalsEndAtFullFiveMinutes(t *testing.T) {
	now := time.Date(2026, 11, 20, 8, 7, 0, 0, time.UTC)
	r := sandboxtest.Start(t, sandbox.Config{Seed: 1, Now: func() time.Time { return now }})
	var got queueAnswer
	get(t, r, operationsPath+"msgconversation?timeframe=20&interval=10&v=1", &got)
	var ends []string
	for _, interval := range got.MetricsByIntervals {
		ends = append(ends, time.UnixMilli(interval.Timestamp).UTC().Format("15:04"))
	}
	slices.Sort(ends)
	require.Equal(t, []string{"07:50", "08:00", "08:10"}, ends)
}

func TestWhatTheOperationsAPIsRefuse(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 1})
	old, now := ms(sandboxtest.Now.Add(-25*time.Hour)), ms(sandboxtest.Now)
	for _, c := range []struct{ name, query, says string }{
		{"no version", "msgconversation?timeframe=20", "v: is required"},
		{"no timeframe", "msgconversation?v=1", "timeframe: is required"},
		{"more than a day", "msgconversation?v=1&timeframe=1445", "timeframe"},
		{"no divisor", "msgconversation?v=1&timeframe=20&interval=15", "divide"},
		{"less than five minutes", "msgconversation?v=1&timeframe=20&interval=4", "at least 5"},
		{"no ids", "msgconversation?v=1&timeframe=20&skillIds=a", "skillIds"},
		{"too old", fmt.Sprintf("msgqueuehealth?v=2&fromMillis=%d&toMillis=%d", old, now), "24 hours"},
		{"in the future", fmt.Sprintf("msgqueuehealth?v=2&fromMillis=%d&toMillis=%d", now-60_000, now+60_000), "future"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := do(t, r, "GET", r.URL+operationsPath+c.query, "", good)
			require.Equal(t, 400, a.status)
			require.Contains(t, string(a.body), c.says)
		})
	}
}
