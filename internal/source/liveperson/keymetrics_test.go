package liveperson

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/source"
)

const managerPrefix = "/manager_workspace/"

// asking reads a live resource with parameters.
func (c *cloud) asking(t testing.TB, resource string, from, to time.Time, params string) ([]wrapped, *memory, error) {
	t.Helper()
	q := source.Query{Resource: resource, From: from.UnixMilli(), To: to.UnixMilli(), Now: c.now}
	require.NoError(t, json.Unmarshal([]byte(params), &q.Params))
	sink := newMemory()
	err := c.client(t).Fetch(t.Context(), q, sink)
	var list []wrapped
	for _, r := range sink.commits["all"].records {
		var w wrapped
		require.NoError(t, json.Unmarshal(r.Raw, &w))
		list = append(list, w)
	}
	return list, sink, err
}

// TestKeyMetricsOfAllGroups reads more skills than a page shows, and agent groups; what is
// closed is as much as the trend says.
func TestKeyMetricsOfAllGroups(t *testing.T) {
	c := startCloud(t, 2_000_000) // of 80 skills
	from, to := sandboxtest.Now.Add(-2*time.Hour), sandboxtest.Now.Add(-time.Hour)
	closed := map[string]float64{}
	for groupBy, pages := range map[string]int64{"skillId": 2, "agentGroupId": 1} {
		groups, sink, err := c.asking(t, KeyMetrics, from, to, fmt.Sprintf(`{"group_by":%q,"metrics":["closed_conversations"]}`, groupBy))
		require.NoError(t, err)
		require.EqualValues(t, pages, sink.counts().Calls)
		for _, g := range groups {
			require.Equal(t, from.UTC(), g.IntervalStart.UTC())
			require.Equal(t, to.UTC(), g.IntervalEnd.UTC())
			var one struct {
				Key     string
				Metrics map[string]float64
			}
			require.NoError(t, json.Unmarshal(g.Response, &one))
			require.Len(t, one.Metrics, 1)
			closed[groupBy] += one.Metrics["closedConversations"]
		}
	}
	points, _, err := c.asking(t, KeyMetricsTrend, from, to, `{"metrics":["closed_conversations"]}`)
	require.NoError(t, err)
	for _, p := range points {
		var one struct{ Values map[string]float64 }
		require.NoError(t, json.Unmarshal(p.Response, &one))
		closed["trend"] += one.Values["closedConversations"]
	}
	require.Greater(t, closed["trend"], 100.0)
	require.InDelta(t, closed["trend"], closed["skillId"], 0)
	require.LessOrEqual(t, closed["agentGroupId"], closed["trend"], "nobody's conversations have no group")
}

// TestKeyMetricsOfAllAgents has those who are logged in, and those who were during the window.
func TestKeyMetricsOfAllAgents(t *testing.T) {
	c := startCloud(t, 1_000_000)
	now := sandboxtest.Now
	agents, sink, err := c.asking(t, KeyMetricsAgents, now.Add(-6*time.Hour), now.Add(-time.Minute),
		`{"metrics":["agent_login_duration"],"current_metrics":["agent_current_status"]}`)
	require.NoError(t, err)
	require.Greater(t, sink.counts().Calls, int64(1))
	status := map[string]int{}
	for _, a := range agents {
		var one struct {
			AgentCurrentStatus string
			LoginDuration      int64
		}
		require.NoError(t, json.Unmarshal(a.Response, &one))
		status[one.AgentCurrentStatus]++
		if one.AgentCurrentStatus == "OFFLINE" {
			require.Positive(t, one.LoginDuration, "was there during the window")
		}
	}
	present, _, err := c.live(t, AgentStatus, now.Add(-5*time.Minute), now)
	require.NoError(t, err)
	require.Positive(t, status["OFFLINE"])
	require.Equal(t, len(present), status["ONLINE"]+status["AWAY"]+status["BACK_SOON"])
}

// TestATrendOfAnyWindows walks neighbouring windows: every point is in one of them, once, also
// where an answer cannot hold all of a window's.
func TestATrendOfAnyWindows(t *testing.T) {
	c := startCloud(t, 20_000)
	c.now += (2 * time.Minute).Milliseconds()
	for minutes, calls := range map[int64]int64{5: 3, 15: 1, 60: 1} {
		at := sandboxtest.Now.Add(-23 * time.Hour)
		next := ceilTo(at.UnixMilli(), minutes*minute)
		for _, length := range []time.Duration{5 * time.Minute, 21*time.Hour + 10*time.Minute, 35 * time.Minute} {
			points, sink, err := c.asking(t, KeyMetricsTrend, at, at.Add(length), fmt.Sprintf(`{"interval":%d}`, minutes))
			require.NoError(t, err)
			if length > time.Hour {
				require.Equal(t, calls, sink.counts().Calls)
			}
			for _, p := range points {
				require.Equal(t, next, p.IntervalStart.UnixMilli())
				require.Equal(t, minutes*minute, p.IntervalEnd.Sub(p.IntervalStart).Milliseconds())
				var one struct{ Timestamp int64 }
				require.NoError(t, json.Unmarshal(p.Response, &one))
				require.Equal(t, p.IntervalEnd.UnixMilli(), one.Timestamp)
				next += minutes * minute
			}
			at = at.Add(length)
			require.Equal(t, ceilTo(at.UnixMilli(), minutes*minute), next)
		}
	}
}

// A window in which no point begins is empty, without a call and without waiting for the next one.
func TestATrendWithoutAPoint(t *testing.T) {
	c := startCloud(t, 2000)
	to := sandboxtest.Now.Add(-5 * time.Minute)
	c.now -= minute
	points, sink, err := c.asking(t, KeyMetricsTrend, to.Add(-5*time.Minute), to, `{"interval":60}`)
	require.NoError(t, err)
	require.Empty(t, points)
	require.Len(t, sink.commits, 1)
	require.Zero(t, sink.counts().Calls)
	_, _, err = c.asking(t, KeyMetricsTrend, to.Add(-60*time.Minute), to, `{"interval":60}`)
	require.True(t, fault.Is(err, fault.NotReady), "%v", err)
}

func TestKeyMetricsThatCannotBeRead(t *testing.T) {
	c := startCloud(t, 20_000)
	now := sandboxtest.Now
	c.now += (30 * time.Second).Milliseconds()
	for name, one := range map[string]struct {
		from, to time.Time
		params   string
		kind     fault.Kind
		says     string
	}{
		"older than a day":    {now.Add(-25 * time.Hour), now.Add(-24 * time.Hour), `{}`, fault.Expired, "24 hours"},
		"not over":            {now.Add(-5 * time.Minute), now.Add(time.Minute), `{}`, fault.NotReady, "not over"},
		"unknown parameter":   {now.Add(-time.Hour), now, `{"group_bi":"skillId"}`, fault.InvalidSpec, "group_bi"},
		"parameter of a kind": {now.Add(-time.Hour), now, `{"metrics":"csat"}`, fault.InvalidSpec, "metrics"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, resource := range []string{KeyMetrics, KeyMetricsAgents, KeyMetricsTrend} {
				_, sink, err := c.asking(t, resource, one.from, one.to, one.params)
				require.True(t, fault.Is(err, one.kind), "%s: %v", resource, err)
				require.ErrorContains(t, err, one.says)
				require.Empty(t, sink.commits)
			}
		})
	}
	for _, resource := range []string{KeyMetrics, KeyMetricsAgents} {
		require.NoError(t, c.SetFaults(sandbox.Fault{Path: managerPrefix, Kind: sandbox.MissingRows, Forever: true}))
		_, _, err := c.asking(t, resource, now.Add(-time.Hour), now, `{}`)
		require.True(t, fault.Is(err, fault.CountMismatch), "%s: %v", resource, err)
	}
}

// TestKeyMetricsThatAreNotWhole never delivers the thousand agents that are shown for all of
// them, nor a trend that lacks a point.
func TestKeyMetricsThatAreNotWhole(t *testing.T) {
	now := sandboxtest.Now
	for resource, one := range map[string]struct {
		answer string
		kind   fault.Kind
		says   string
	}{
		KeyMetricsAgents: {`{"metadata":{"count":1001},"agentViewRecords":[{"agentId":"1"}]}`, fault.InvalidSpec, "there are 1001 entries, and it shows 1000"},
		KeyMetricsTrend:  {fmt.Sprintf(`{"historicalMetricsIntervals":[{"timestamp":%d},{"timestamp":%d}]}`, now.Add(-5*time.Minute).UnixMilli(), now.Add(-10*time.Minute).UnixMilli()), fault.PartialData, "1 of the 2 points"},
	} {
		srv := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, one.answer) })
		sink := newMemory()
		err := client(t, srv.Server, newFakeTime()).Fetch(t.Context(), source.Query{
			Resource: resource, From: now.Add(-10 * time.Minute).UnixMilli(), To: now.UnixMilli(), Now: now.UnixMilli(),
		}, sink)
		require.True(t, fault.Is(err, one.kind), "%v", err)
		require.ErrorContains(t, err, one.says)
		require.Empty(t, sink.commits)
	}
}
