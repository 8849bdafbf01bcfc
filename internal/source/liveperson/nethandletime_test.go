package liveperson

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/source"
)

func (c *cloud) skillIDs(t *testing.T) []int64 {
	skills, err := c.World().SkillIDs(sandboxtest.AccountID)
	require.NoError(t, err)
	slices.Sort(skills)
	return skills
}

// Wherever windows meet, each interval of each skill is in the one in which it begins, and in
// the order of skills, then times.
func TestNetHandleTimeOfAnyWindows(t *testing.T) {
	c := startCloud(t, 8000)
	skills, cl := c.skillIDs(t), c.client(t)
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.SampledFrom([]int64{15, 30, 60}).Draw(t, "interval")
		from := c.now - rapid.Int64Range(20, 60*24).Draw(t, "hours")*hour + rapid.SampledFrom([]int64{0, 15, 30, 45, 7}).Draw(t, "minutes")*minute
		for range 3 {
			to := min(from+rapid.SampledFrom([]int64{hour, 90 * minute, 5 * hour}).Draw(t, "length"), c.now-hour)
			requireNetHandled(t, cl, skills, from, to, minutes, c.now)
			from = to
		}
	})
}

// More skills than a page has, and more time than a call may ask for.
func TestNetHandleTimeOfManyPagesAndWeeks(t *testing.T) {
	c := startCloud(t, 320_000)
	require.Greater(t, len(c.skillIDs(t)), mostSkills)
	requireNetHandled(t, c.client(t), c.skillIDs(t), c.now-40*day, c.now-31*day, 60, c.now)
}

func requireNetHandled(t require.TestingT, cl *Client, skills []int64, from, to, minutes, now int64) {
	m := newMemory()
	require.NoError(t, cl.Fetch(context.Background(), source.Query{
		Resource: NetHandleTime, From: from, To: to, Now: now, Params: map[string]json.RawMessage{"interval": json.RawMessage(fmt.Sprint(minutes))},
	}, m))
	var want []string
	for _, skill := range skills {
		for at := ceilTo(from, minutes*minute); at < to; at += minutes * minute {
			want = append(want, fmt.Sprintf("%d:%d", skill, at))
		}
	}
	require.Equal(t, want, skillsAndTimes(t, m))
	got := m.counts()
	require.Equal(t, got.Total, got.Fetched)
	require.EqualValues(t, len(want), got.Kept)
	require.GreaterOrEqual(t, got.Fetched, got.Kept)
}

// skillsAndTimes reads what was staged, in the order of the store, from the records themselves.
func skillsAndTimes(t require.TestingT, m *memory) (list []string) {
	byID, _ := m.records()
	for _, id := range idsInOrder(t, m) {
		var one struct {
			SkillID            int64
			MetricsByIntervals []struct{ EpochTimestamp int64 }
		}
		require.NoError(t, json.Unmarshal(byID[id].Raw, &one))
		require.Len(t, one.MetricsByIntervals, 1)
		list = append(list, fmt.Sprintf("%d:%d", one.SkillID, one.MetricsByIntervals[0].EpochTimestamp))
	}
	return list
}

func TestNetHandleTimeOfSomeSkills(t *testing.T) {
	c := startCloud(t, 8000)
	skill := c.skillIDs(t)[2]
	params := map[string]json.RawMessage{"skill_ids": json.RawMessage(fmt.Sprintf(`["%d"]`, skill))}
	m := newMemory()
	require.NoError(t, c.client(t).Fetch(t.Context(), source.Query{Resource: NetHandleTime, From: c.now - 5*hour, To: c.now - 4*hour, Now: c.now, Params: params}, m))
	require.Equal(t, []string{fmt.Sprintf("%d:%d", skill, c.now-5*hour)}, skillsAndTimes(t, m))
}

func TestNetHandleTimeThatCannotBeRead(t *testing.T) {
	c := startCloud(t, 8000)
	fetch := func(from, to int64) error {
		m := newMemory()
		err := c.client(t).Fetch(t.Context(), source.Query{Resource: NetHandleTime, From: from, To: to, Now: c.now}, m)
		require.Empty(t, m.commits)
		return err
	}
	err := fetch(c.now-hour, c.now+minute)
	require.True(t, fault.Is(err, fault.NotReady), "%v", err)
	require.ErrorContains(t, err, "2026-11-20T13:00:00Z, which is not over")
	for _, kind := range []sandbox.Kind{sandbox.MissingRows, sandbox.CountMismatch} {
		require.NoError(t, c.SetFaults(sandbox.Fault{Kind: kind, Path: "/operations/", Forever: true}))
		err := fetch(c.now-4*hour, c.now-2*hour)
		require.True(t, fault.Is(err, fault.CountMismatch) || fault.Is(err, fault.PartialData), "%s: %v", kind, err)
	}
}

// A record is the skill's element byte for byte, but for white space and the other intervals.
func TestAnIntervalKeepsTheSkillAroundIt(t *testing.T) {
	for name, one := range map[string]struct{ raw, want, fails string }{
		"unknown members": {
			raw:  `{ "skillId" : 7, "x":1e2, "metricsByIntervals": [ {"epochTimestamp":5}, {"epochTimestamp":10,"arrivals":1.50}, {"epochTimestamp":20} ], "y":{"b":1,"a":[]}}`,
			want: `{"skillId":7,"x":1e2,"metricsByIntervals":[{"epochTimestamp":10,"arrivals":1.50}],"y":{"b":1,"a":[]}}`,
		},
		"none in the window": {raw: `{"skillId":7,"metricsByIntervals":[]}`},
		"no intervals":       {raw: `{"skillId":7}`, fails: "skill 7: there is no metricsByIntervals"},
		"no list":            {raw: `{"skillId":7,"metricsByIntervals":{}}`, fails: "skill 7: JSON at byte 34"},
		"twice":              {raw: `{"skillId":7,"metricsByIntervals":[],"metricsByIntervals":[{"epochTimestamp":10}]}`, fails: "metricsByIntervals is there twice"},
		"no skill":           {raw: `{"metricsByIntervals":[]}`, fails: "has no skillId"},
		"no time":            {raw: `{"skillId":7,"metricsByIntervals":[{"timestamp":"2022-05-19T09:00"}]}`, fails: "skill 7 has no epochTimestamp"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			id, err := netHandled([]byte(one.raw), interval{10, 20}, func(r source.Record) error {
				got += string(r.Raw)
				require.Equal(t, "7:0000000000010", r.ID)
				return nil
			})
			if one.fails != "" {
				require.True(t, fault.Is(err, fault.SchemaMismatch), "%v", err)
				require.ErrorContains(t, err, one.fails)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "7", id)
			require.Equal(t, one.want, got)
		})
	}
}
