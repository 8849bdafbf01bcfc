package liveperson

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/source"
)

const bucket = 5 * time.Minute

// wrapped is a record of a live API as reports deliver it.
type wrapped struct {
	RequestedAt   time.Time `json:"requested_at"`
	Request       struct{ Method, Path string }
	IntervalStart time.Time `json:"interval_start"`
	IntervalEnd   time.Time `json:"interval_end"`
	Response      json.RawMessage
}

func (c *cloud) live(t testing.TB, resource string, from, to time.Time) ([]wrapped, *memory, error) {
	sink := newMemory()
	err := c.client(t).Fetch(t.Context(), source.Query{Resource: resource, From: from.UnixMilli(), To: to.UnixMilli(), Now: c.now}, sink)
	var list []wrapped
	for _, commit := range sink.commits {
		for _, r := range commit.records {
			var w wrapped
			require.NoError(t, json.Unmarshal(r.Raw, &w), "%s", r.Raw)
			list = append(list, w)
		}
	}
	return list, sink, err
}

func allSeries() map[string]series {
	all := maps.Clone(operations)
	maps.Copy(all, realtime)
	return all
}

// TestIntervalsOfAWindow reads neighbouring windows: every interval of five minutes is in
// one of them, once, whatever its stamp means.
func TestIntervalsOfAWindow(t *testing.T) {
	c := startCloud(t, 50_000)
	c.now += (2*time.Minute + 13*time.Second).Milliseconds() // no mark of the clock
	for name := range allSeries() {
		t.Run(name, func(t *testing.T) {
			at := sandboxtest.Now.Add(-3 * time.Hour)
			for _, length := range []time.Duration{time.Hour, 5 * time.Minute, 115 * time.Minute} {
				got, sink, err := c.live(t, name, at, at.Add(length))
				require.NoError(t, err)
				require.EqualValues(t, length/bucket, sink.counts().Fetched)
				starts := map[time.Time]bool{}
				for _, one := range got {
					require.Equal(t, bucket, one.IntervalEnd.Sub(one.IntervalStart))
					require.WithinDuration(t, at.Add(length/2), one.IntervalStart.Add(bucket/2), length/2+bucket/2)
					starts[one.IntervalStart] = true
				}
				require.Len(t, starts, int(length/bucket))
				at = at.Add(length)
			}
		})
	}
}

// TestWhatAnIntervalCounts looks at stamps: those of queue health are starts, those of
// conversations ends, and the same five minutes come out of both.
func TestWhatAnIntervalCounts(t *testing.T) {
	c := startCloud(t, 50_000)
	from := sandboxtest.Now.Add(-time.Hour)
	for name, shift := range map[string]time.Duration{QueueHealth: 0, ConversationsByMinutes: bucket} {
		got, _, err := c.live(t, name, from, from.Add(bucket))
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.Equal(t, from.UTC(), got[0].IntervalStart.UTC())
		var stamp struct{ Timestamp int64 }
		require.NoError(t, json.Unmarshal(got[0].Response, &stamp))
		require.Equal(t, from.Add(shift).UnixMilli(), stamp.Timestamp, name)
		require.Equal(t, http.MethodGet, got[0].Request.Method)
		require.Contains(t, got[0].Request.Path, sandboxtest.AccountID)
	}
}

func TestWindowsThatCannotBeAnswered(t *testing.T) {
	c := startCloud(t, 2000)
	c.now += (2 * time.Minute).Milliseconds()
	now := sandboxtest.Now
	for _, one := range []struct {
		name     string
		from, to time.Time
		kind     fault.Kind
		says     string
	}{
		{"older than a day", now.Add(-25 * time.Hour), now.Add(-24 * time.Hour), fault.Expired, "24 hours"},
		{"not over", now, now.Add(bucket), fault.NotReady, "still counts until 2026-11-20T12:05:00Z"},
		{"across intervals", now.Add(-time.Hour - time.Minute), now.Add(-time.Minute), fault.InvalidSpec, "cuts through intervals of 5m0s"},
		{"empty", now, now, fault.InvalidSpec, "empty"},
	} {
		t.Run(one.name, func(t *testing.T) {
			for name := range allSeries() {
				_, sink, err := c.live(t, name, one.from, one.to)
				require.True(t, fault.Is(err, one.kind), "%s: %v", name, err)
				require.ErrorContains(t, err, one.says)
				require.Empty(t, sink.commits)
			}
		})
	}
	_, sink, err := c.live(t, ConversationsByMinutes, now.Add(-24*time.Hour+10*time.Minute), now)
	require.NoError(t, err, "the oldest window there is")
	require.EqualValues(t, 24*12-2, sink.counts().Fetched)
}

// TestAnAnswerThatBreaksOffIsReadAgain spoils the first answer, and one from which intervals
// are missing is never taken for whole.
func TestAnAnswerThatBreaksOffIsReadAgain(t *testing.T) {
	c := startCloud(t, 50_000)
	from, to := sandboxtest.Now.Add(-time.Hour), sandboxtest.Now
	require.NoError(t, c.SetFaults(sandbox.Fault{Path: "/operations/", Kind: sandbox.CutBody}))
	_, sink, err := c.live(t, QueueHealth, from, to)
	require.NoError(t, err)
	require.EqualValues(t, 12, sink.counts().Fetched)
	require.EqualValues(t, 2, sink.counts().Calls)

	short := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"metricsByIntervals":[{"timestamp":%d}]}`, from.UnixMilli())
	})
	sink = newMemory()
	err = client(t, short.Server, c.clk).Fetch(t.Context(), source.Query{Resource: QueueHealth, From: from.UnixMilli(), To: to.UnixMilli(), Now: c.now}, sink)
	require.True(t, fault.Is(err, fault.PartialData), "%v", err)
	require.ErrorContains(t, err, "1 of the 12 intervals")
	require.Empty(t, sink.commits)
}
