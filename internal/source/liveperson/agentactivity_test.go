package liveperson

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/source"
)

const activityPrefix = "/api/v2/account/12345678/status-changes"

// changesOf lists what the world says, in the form of the records' own facts.
func (c *cloud) changesOf(t require.TestingT, from, to int64) (list []string) {
	all, err := c.World().StatusChanges(sandboxtest.AccountID, from, to)
	require.NoError(t, err)
	for _, x := range all {
		list = append(list, fmt.Sprint(x.AgentID, x.At, x.Sequence, x.Type, x.Status))
	}
	return list
}

func activityQuery(c *cloud, from, to int64) source.Query {
	return source.Query{Resource: AgentActivity, From: from, To: to, Now: c.now}
}

// requireChanges compares every record that was staged, in its order, with the world.
func requireChanges(t require.TestingT, want []string, m *memory) {
	byID, times := m.records()
	list := slices.SortedFunc(maps.Values(byID), func(a, b source.Record) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
	var got []string
	for _, r := range list {
		var x struct {
			AgentID                                   int64
			SequenceNumber, StatusType, StatusSubType int
		}
		require.NoError(t, json.Unmarshal(r.Raw, &x))
		got = append(got, fmt.Sprint(x.AgentID, r.Order, x.SequenceNumber, x.StatusType, x.StatusSubType))
		require.Equal(t, 1, times[r.ID], "in one slice: %s", r.ID)
	}
	require.Equal(t, want, got)
}

func TestStatusChangesOfAnyWindowEqualTheWorld(t *testing.T) {
	c := startCloud(t, 12_000)
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.SampledFrom([]int64{minute, 15 * minute, hour, day, 3 * day, 40 * day}).Draw(t, "length")
		to := c.now - rapid.Int64Range(0, 300*day).Draw(t, "age")
		m := newMemory()
		require.NoError(t, c.client(t).Fetch(t.Context(), activityQuery(c, to-length, to), m))
		requireChanges(t, c.changesOf(t, to-length, to), m)
		got := m.counts()
		require.Equal(t, got.Total, got.Fetched)
		require.Zero(t, got.Duplicates)
	})
}

// A day of a large account takes several pages; rows that come again are counted once, and
// what breaks on the way is asked for again.
func TestStatusChangesSurviveFaults(t *testing.T) {
	c := startCloud(t, 3_000_000)
	from, to := c.now-2*day, c.now
	want := c.changesOf(t, from, to)
	require.Greater(t, len(want), 10_000)
	require.NoError(t, c.SetFaults(
		sandbox.Fault{Kind: sandbox.DuplicateRows, Path: activityPrefix, Rows: 3, Forever: true},
		sandbox.Fault{Kind: sandbox.CutBody, Path: activityPrefix, Times: 1},
		sandbox.Fault{Kind: sandbox.TooManyRequests, Path: activityPrefix, Times: 2},
	))
	m := newMemory()
	require.NoError(t, c.client(t).Fetch(t.Context(), activityQuery(c, from, to), m))
	requireChanges(t, want, m)
	require.Positive(t, m.counts().Duplicates)
	require.Greater(t, c.calls(activityPrefix), 4)
}

// A page that lacks rows and is not the last is never taken for whole.
func TestAShortPageOfStatusChangesIsRefused(t *testing.T) {
	c := startCloud(t, 3_000_000)
	require.NoError(t, c.SetFaults(sandbox.Fault{Kind: sandbox.MissingRows, Path: activityPrefix, Rows: 2, Forever: true}))
	err := c.client(t).Fetch(t.Context(), activityQuery(c, c.now-2*day, c.now-day), newMemory())
	require.True(t, fault.Is(err, fault.PartialData), "%v", err)
}

func TestAStatusChangeThatCannotBeReadIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"no array":    {`{"agentsInfo":[]}`, "the answer has no stateChanges"},
		"no agent":    {`{"stateChanges":[{"time":"2026-11-20T10:00:00.000Z","sequenceNumber":1,"statusType":1}]}`, "no agentId"},
		"no time":     {`{"stateChanges":[{"agentId":1,"sequenceNumber":1,"statusType":1}]}`, "no agentId, time"},
		"broken time": {`{"stateChanges":[{"agentId":1,"time":"yesterday","sequenceNumber":1,"statusType":1}]}`, "cannot be read"},
		"no JSON":     {`{"stateChanges":[{]}`, "JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(c.body)) })
			err := client(t, s.Server, newFakeTime()).Fetch(t.Context(),
				source.Query{Resource: AgentActivity, From: 1_795_000_000_000, To: 1_795_000_600_000}, newMemory())
			require.ErrorContains(t, err, c.want)
		})
	}
}
