package world

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Segments are those of the stories: every stay with a human that ended, with answers that
// lie within it and do not overlap; each is known within a day, and not before its end.
func TestAgentSegmentsAreThoseOfAllStories(t *testing.T) {
	a := NewAccount(5, "12345678", 4000)
	from, to := aMoment-12*dayMS, aMoment-9*dayMS
	want := map[[2]int64]int{}
	var c cast
	for n := range a.first(to) {
		times := a.times(n)
		a.cast(n, &times, &c)
		for _, s := range c.segments[:c.n] {
			if s.agent >= a.directory.humans && s.to >= from && s.to < to {
				want[[2]int64{s.assigned, s.to}]++
			}
		}
	}
	got, reasons, units := map[[2]int64]int{}, map[string]bool{}, 0
	for _, x := range a.AgentSegments(from, to, aMoment) {
		got[[2]int64{x.Start, x.End}]++
		reasons[x.Reason] = true
		last, sum := x.Start, int64(0)
		for _, u := range x.Units {
			require.LessOrEqual(t, last, u.From)
			require.LessOrEqual(t, u.From, u.To)
			last, sum, units = u.To, sum+u.To-u.From, units+1
		}
		require.LessOrEqual(t, last, x.End)
		require.Equal(t, x.Handle, sum)
		require.GreaterOrEqual(t, x.Visible, x.End)
		require.LessOrEqual(t, x.Visible, x.End+latestSegment)
	}
	require.Equal(t, want, got)
	require.Greater(t, len(reasons), 4)
	require.Greater(t, units, len(got))
	late := a.AgentSegments(aMoment-dayMS, aMoment, aMoment)
	require.Less(t, len(late), len(a.AgentSegments(aMoment-dayMS, aMoment, aMoment+dayMS)), "some are known only later")
}
