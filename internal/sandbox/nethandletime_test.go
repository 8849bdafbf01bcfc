package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

// handled are the numbers of a skill and an interval.
type handled struct {
	Timestamp                                           string
	EpochTimestamp                                      int64
	Arrivals, TotalAgentSegmentDuration                 int64
	MessagesSent, HandledSegments                       int64
	AvgTimeInQueue, AvgAgentSegmentDuration             float64
	AvgAvailableLoad, AvgSegmentWorkTime, NetHandleTime float64
}

type handledSkills struct {
	Metadata struct {
		Count      int
		References []struct{ Rel string }
	} `json:"_metadata"`
	SkillInfo []struct {
		SkillID            int64
		MetricsByIntervals []handled
	}
}

func nht(r *sandboxtest.Running, query url.Values) string {
	query.Set("source", "test")
	return r.URL + operationsPath + "nht?" + query.Encode()
}

func between(from, to time.Time, more ...string) url.Values {
	v := url.Values{"v": {"2"}, "fromMillis": {fmt.Sprint(ms(from))}, "toMillis": {fmt.Sprint(ms(to))}}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

// askHandled walks the pages.
func askHandled(t *testing.T, r *sandboxtest.Running, query url.Values) map[int64][]handled {
	t.Helper()
	skills := map[int64][]handled{}
	for offset := 0; ; offset += 10 {
		query.Set("offset", strconv.Itoa(offset))
		a := do(t, r, http.MethodGet, nht(r, query), "", good)
		require.Equal(t, 200, a.status, "%s", a.body)
		var page handledSkills
		require.NoError(t, json.Unmarshal(a.body, &page))
		require.LessOrEqual(t, len(page.SkillInfo), 10)
		for _, s := range page.SkillInfo {
			require.NotContains(t, skills, s.SkillID)
			skills[s.SkillID] = s.MetricsByIntervals
		}
		if offset+10 >= page.Metadata.Count {
			require.Len(t, skills, page.Metadata.Count)
			return skills
		}
		require.Contains(t, fmt.Sprint(page.Metadata.References), "{next}")
	}
}

// TestNetHandleTimeAgreesWithTheHistory counts, in what the messaging history tells of two
// hours, what came to each skill's queue, who waited how long, and what humans wrote and
// finished there.
func TestNetHandleTimeAgreesWithTheHistory(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 21, Conversations: 400_000})
	from, to := sandboxtest.Now.Add(-4*time.Hour), sandboxtest.Now.Add(-2*time.Hour)
	want := map[int64]map[int64]*handled{}
	of := func(skill, at int64) *handled {
		hour := at - at%hourMS
		if want[skill] == nil {
			want[skill] = map[int64]*handled{}
		}
		if want[skill][hour] == nil {
			want[skill][hour] = &handled{}
		}
		return want[skill][hour]
	}
	waits := map[*handled]int64{}
	for _, c := range alive(t, r, from, "messageRecords", "agentParticipants") {
		c.queueReasons(func(skill, arrived, assigned int64) {
			of(skill, arrived).Arrivals++
			if assigned >= 0 {
				h := of(skill, assigned)
				h.AvgTimeInQueue += float64(assigned-arrived) / 1000
				waits[h]++
			}
		})
		c.humanStays(func(skill, assigned, left int64, said map[int64]int64) {
			if left >= 0 {
				of(skill, left).TotalAgentSegmentDuration += left - assigned
			}
			for hour, messages := range said {
				h := of(skill, hour)
				h.MessagesSent += messages
				h.HandledSegments++
			}
		})
	}
	sum := handled{}
	for skill, list := range askHandled(t, r, between(from, to)) {
		require.Len(t, list, 3, "both bounds are included")
		for _, got := range list[:2] {
			w := of(skill, got.EpochTimestamp)
			require.Equal(t, time.UnixMilli(got.EpochTimestamp).UTC().Format("2006-01-02T15:04"), got.Timestamp)
			require.Equal(t, w.Arrivals, max(got.Arrivals, 0))
			require.Equal(t, w.Arrivals == 0, got.Arrivals < 0, "the placeholder")
			require.InDelta(t, w.AvgTimeInQueue/float64(max(waits[w], 1)), got.AvgTimeInQueue, 1e-6)
			require.Equal(t, w.TotalAgentSegmentDuration/1000, max(got.TotalAgentSegmentDuration, 0))
			require.Equal(t, w.MessagesSent, got.MessagesSent)
			require.Equal(t, w.HandledSegments, got.HandledSegments)
			require.InDelta(t, got.AvgSegmentWorkTime*float64(got.MessagesSent), got.NetHandleTime*float64(got.HandledSegments), 1e-6)
			sum.Arrivals, sum.MessagesSent = sum.Arrivals+w.Arrivals, sum.MessagesSent+w.MessagesSent
			sum.AvgAvailableLoad += got.AvgAvailableLoad
		}
	}
	require.Greater(t, sum.Arrivals, int64(100))
	require.Greater(t, sum.MessagesSent, int64(100))
	require.Positive(t, sum.AvgAvailableLoad)
}

const hourMS = int64(time.Hour / time.Millisecond)

// queueReasons visits every arrival in the queue of a skill, with when it got an agent.
func (c *told) queueReasons(visit func(skill, arrived, assigned int64)) {
	for i, s := range c.stays() {
		if i > 0 && (c.Transfers[i-1].Reason == "Agent" || c.Transfers[i-1].Reason == "TakeOver") {
			continue
		}
		assigned := int64(-1)
		if s.assigned {
			assigned = s.to
		}
		visit(s.skill, s.from, assigned)
	}
}

// humanStays visits every stay with a human, with the messages of each hour.
func (c *told) humanStays(visit func(skill, assigned, left int64, said map[int64]int64)) {
	humans := map[string]bool{}
	for _, p := range c.AgentParticipants {
		humans[p.AgentID] = p.UserType == "1"
	}
	for i, s := range c.stays() {
		if !s.assigned || !humans[s.agent] {
			continue
		}
		left, until := c.Info.ConversationEndTimeL, ms(sandboxtest.Now)+1
		if i < len(c.Transfers) {
			left = c.Transfers[i].TimeL
		}
		if left >= 0 {
			until = left
		}
		said := map[int64]int64{}
		for _, m := range c.MessageRecords {
			if m.DialogID == c.Info.ConversationID && m.ParticipantID == s.agent && m.SentBy == "Agent" && m.Audience != "AGENTS_AND_MANAGERS" &&
				m.TimeL >= s.to && m.TimeL < until {
				said[m.TimeL-m.TimeL%hourMS]++
			}
		}
		visit(s.skill, s.to, left, said)
	}
}

// TestShorterIntervalsRepeatTheHour asks for the same hours in pieces: what is counted by the
// interval adds up, what is counted by the hour is the same in each piece.
func TestShorterIntervalsRepeatTheHour(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 22, Conversations: 200_000})
	from, to := sandboxtest.Now.Add(-50*time.Hour), sandboxtest.Now.Add(-48*time.Hour)
	hours := askHandled(t, r, between(from, to))
	for interval, pieces := range map[string]int{"15": 4, "30": 2} {
		for skill, list := range askHandled(t, r, between(from, to, "interval", interval)) {
			require.Len(t, list, 2*pieces+1)
			for i, hour := range hours[skill][:2] {
				var arrivals int64
				for _, piece := range list[i*pieces : (i+1)*pieces] {
					arrivals += max(piece.Arrivals, 0)
					require.Equal(t, hour.MessagesSent, piece.MessagesSent)
					require.Equal(t, hour.HandledSegments, piece.HandledSegments)
					require.InDelta(t, hour.NetHandleTime, piece.NetHandleTime, 0)
				}
				require.Equal(t, max(hour.Arrivals, 0), arrivals)
			}
		}
	}
}

func TestNetHandleTimeRefusesWhatThePageRefuses(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 1, Conversations: 4000})
	now := sandboxtest.Now
	for name, c := range map[string]struct {
		query url.Values
		want  string
	}{
		"no time":       {url.Values{"v": {"2"}}, "fromDate: is required"},
		"both forms":    {between(now.Add(-time.Hour), now, "fromDate", "2026-11-20T11:00:00"), "fromDate: must not be given together"},
		"over a week":   {between(now.AddDate(0, 0, -8), now), "toDate: the timeframe is too long"},
		"over 9 weeks":  {between(now.AddDate(0, 0, -64), now.AddDate(0, 0, -60)), "fromDate: is too long ago"},
		"large page":    {between(now.Add(-time.Hour), now, "limit", "11"), "limit: must be less than or equal to 10"},
		"odd interval":  {between(now.Add(-time.Hour), now, "interval", "20"), "interval: must be 15, 30 or 60"},
		"skill by name": {between(now.Add(-time.Hour), now, "skillIds", "billing"), "skillIds:"},
		"old version":   {between(now.Add(-time.Hour), now, "v", "1"), "v: only version 2"},
	} {
		t.Run(name, func(t *testing.T) {
			a := do(t, r, http.MethodGet, nht(r, c.query), "", good)
			require.Equal(t, http.StatusBadRequest, a.status)
			var body struct{ Causes []string }
			require.NoError(t, json.Unmarshal(a.body, &body))
			require.Contains(t, strings.Join(body.Causes, "; "), c.want)
		})
	}
}
