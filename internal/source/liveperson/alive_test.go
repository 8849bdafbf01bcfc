package liveperson

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

// alive lists the conversations that had begun before the window's end and were not over
// before its start.
func (c *cloud) alive(t require.TestingT, from, to int64) (ids []string) {
	all, err := c.World().Conversations(sandboxtest.AccountID, sandbox.Window{Basis: sandbox.ByStart, From: c.now - 396*day, To: to})
	require.NoError(t, err)
	for conversation := range all {
		if conversation.Status == statusOpen || conversation.ConversationEnd >= from {
			ids = append(ids, conversation.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// Whatever the window, all chats that have ended arrive of which a moment lies in it.
func TestAliveChatsEqualTheWorld(t *testing.T) {
	c := startCloud(t, 4000)
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.SampledFrom([]int64{15 * minute, hour, day, 40 * day}).Draw(t, "length")
		to := c.now - rapid.Int64Range(0, 300*day).Draw(t, "age")
		all, err := c.World().Engagements(sandboxtest.AccountID, to-length, c.now+1)
		require.NoError(t, err)
		var want []string
		for e := range all {
			if e.Start < to {
				want = append(want, e.ID)
			}
		}
		slices.Sort(want)
		q, m := c.chatQuery(to-length, to), newMemory()
		q.Params = map[string]json.RawMessage{"time_basis": json.RawMessage(`"alive"`)}
		require.NoError(t, c.client(t).Fetch(t.Context(), q, m))
		requireIDs(t, want, m)
	})
	q := c.chatQuery(c.now-hour, c.now)
	q.Params = map[string]json.RawMessage{"time_basis": json.RawMessage(`"start"`)}
	err := c.client(t).Fetch(t.Context(), q, newMemory())
	require.True(t, fault.Is(err, fault.InvalidSpec))
	require.ErrorContains(t, err, `"start" is no time basis of chats`)
}

// Whatever the window, all conversations arrive of which a moment lies in it: those that
// ended months later, and those that go on.
func TestAliveEqualsTheWorld(t *testing.T) {
	c := startCloud(t, 2500)
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.SampledFrom([]int64{15 * minute, hour, day, 30 * day}).Draw(t, "length")
		to := c.now - rapid.Int64Range(0, 300*day).Draw(t, "age")
		m := newMemory()
		require.NoError(t, c.client(t).Fetch(t.Context(), c.query(basisAlive, to-length, to), m))
		want := c.alive(t, to-length, to)
		requireIDs(t, want, m)
	})
}
