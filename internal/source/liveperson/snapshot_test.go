package liveperson

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/sandbox/sandboxtest"
)

// TestSnapshots reads what the platform says of this moment: the whole answer as it came, or
// each of its elements.
func TestSnapshots(t *testing.T) {
	c := startCloud(t, 200_000)
	now := sandboxtest.Now
	for _, one := range []struct {
		resource, member string
		records          func(int) bool
		timed            bool
	}{
		{QueueHealthNow, "skillsMetrics", func(n int) bool { return n == 1 }, false},
		{CSATDistribution, "skillsMetricsPerAgent", func(n int) bool { return n == 1 }, true},
		{EstimatedWait, "estimatedWaitTime", func(n int) bool { return n > 1 }, false},
		{ChatQueueState, "skills", func(n int) bool { return n == 1 }, false},
		{ChatSLA, "slaDataRange", func(n int) bool { return n == 1 }, true},
	} {
		t.Run(one.resource, func(t *testing.T) {
			got, sink, err := c.live(t, one.resource, now.Add(-15*time.Minute), now)
			require.NoError(t, err)
			require.True(t, one.records(len(got)), len(got))
			require.EqualValues(t, 1, sink.counts().Calls, "of one moment")
			for _, record := range got {
				var members map[string]json.RawMessage
				require.NoError(t, json.Unmarshal(record.Response, &members))
				require.Contains(t, members, one.member)
				require.WithinDuration(t, now, record.RequestedAt, time.Minute)
				if one.timed {
					require.Equal(t, 15*time.Minute, record.IntervalEnd.Sub(record.IntervalStart))
					require.Equal(t, record.RequestedAt, record.IntervalEnd)
				}
			}
		})
	}
	_, _, err := c.live(t, ChatSLA, now.Add(-25*time.Hour), now)
	require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
}

// The answer times of each skill are of the time from the window's begin to the call, whenever the
// window was over: that is how far back the method is asked to go.
func TestAnswerTimesBeginWithTheWindow(t *testing.T) {
	c := startCloud(t, 200_000)
	now := sandboxtest.Now.Add(3*time.Minute + 20*time.Second) // no mark of the clock
	c.now = now.UnixMilli()
	for back, length := range map[time.Duration]time.Duration{6 * time.Hour: time.Hour, time.Hour: 55 * time.Minute, 23 * time.Hour: 15 * time.Minute} {
		from := sandboxtest.Now.Add(-back)
		got, sink, err := c.live(t, ChatSLABySkill, from, from.Add(length))
		require.NoError(t, err)
		require.NotEmpty(t, got)
		require.EqualValues(t, 1+len(got), sink.counts().Calls, "the skills, and each of them")
		for _, record := range got {
			require.Equal(t, from, record.IntervalStart)
			require.Equal(t, record.RequestedAt, record.IntervalEnd)
			require.WithinDuration(t, now, record.IntervalEnd, time.Minute)
		}
	}
	_, _, err := c.live(t, ChatSLABySkill, sandboxtest.Now.Add(-24*time.Hour), sandboxtest.Now)
	require.True(t, fault.Is(err, fault.Expired), "%v", err)
}

// TestEveryLiveResourceIsProbed makes the smallest call of each, as a test of a source does.
func TestEveryLiveResourceIsProbed(t *testing.T) {
	c := startCloud(t, 2000)
	c.clk.at = sandboxtest.Now // probes have no clock but the client's
	every := with(Credentials{OAuth1: testCredentials().OAuth1, OAuth2: app()})
	for name := range resources {
		if name == Interactions {
			continue
		}
		require.NoError(t, c.client(t, every).probe(t.Context(), name), name)
	}
}
