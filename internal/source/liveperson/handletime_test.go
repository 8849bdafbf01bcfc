package liveperson

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/source"
)

const segmentsPrefix = "/api/account/12345678/agent-segments"

// segmentsOf lists the ids of the world's segments, in their order, and of their answers.
func (c *cloud) segmentsOf(t require.TestingT, from, to int64) (segments, units []string) {
	all, err := c.World().AgentSegments(sandboxtest.AccountID, from, to)
	require.NoError(t, err)
	for _, x := range all {
		segments = append(segments, x.ID)
		for i := range x.Units {
			units = append(units, fmt.Sprintf("%s:%06d", x.ID, i+1))
		}
	}
	return segments, units
}

// idsInOrder lists what was staged, in the order of the store, each in one slice.
func idsInOrder(t require.TestingT, m *memory) (ids []string) {
	byID, times := m.records()
	for _, r := range slices.SortedFunc(maps.Values(byID), func(a, b source.Record) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	}) {
		require.Equal(t, 1, times[r.ID])
		ids = append(ids, r.ID)
	}
	return ids
}

// Whatever the window, segments are those that the world knows, and the breakdown holds every
// answer of every one of them.
func TestHandleTimeOfAnyWindowEqualsTheWorld(t *testing.T) {
	c := startCloud(t, 8000)
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.SampledFrom([]int64{7 * minute, hour, day, 3 * day}).Draw(t, "length")
		to := c.now - rapid.Int64Range(0, 20*day).Draw(t, "age")
		segments, units := c.segmentsOf(t, to-length, to)
		m := newMemory()
		require.NoError(t, c.client(t).Fetch(t.Context(), source.Query{Resource: HandleTime, From: to - length, To: to, Now: c.now}, m))
		require.Equal(t, segments, idsInOrder(t, m))
		got := m.counts()
		require.Equal(t, got.Total, got.Fetched)

		m = newMemory()
		require.NoError(t, c.client(t).Fetch(t.Context(), source.Query{Resource: HandleBreakdown, From: to - length, To: to, Now: c.now}, m))
		require.Subset(t, idsInOrder(t, m), units)
	})
}

func TestSegmentsThatAreMissingAreNoticed(t *testing.T) {
	for _, kind := range []sandbox.Kind{sandbox.MissingRows, sandbox.CountMismatch} {
		c := startCloud(t, 8000)
		require.NoError(t, c.SetFaults(sandbox.Fault{Kind: kind, Path: segmentsPrefix, Forever: true}))
		err := c.client(t).Fetch(t.Context(), source.Query{Resource: HandleTime, From: c.now - 3*day, To: c.now - 2*day, Now: c.now}, newMemory())
		require.True(t, fault.Is(err, fault.CountMismatch), "%s: %v", kind, err)
	}
}
