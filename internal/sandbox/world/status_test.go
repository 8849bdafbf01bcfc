package world

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whoever is given a conversation is logged in and online: stories and shifts agree.
func TestWhoIsAssignedIsOnline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := NewAccount(rapid.Int64().Draw(t, "seed"), "12345678", rapid.IntRange(500, 60_000).Draw(t, "conversations"))
		day := dayOf(aMoment) - rapid.Int64Range(0, 390).Draw(t, "age")
		changes := a.StatusChanges(dayStart(day), dayStart(day+1), dayStart(day+2))
		a.assignments(dayStart(day), dayStart(day+1), func(x assignment) {
			i := len(changes) - 1
			for i >= 0 && (changes[i].Agent != x.agent || changes[i].At > x.at) {
				i--
			}
			require.GreaterOrEqual(t, i, 0, "agent %d had not logged in by %d", x.agent, x.at)
			require.Equal(t, Online, changes[i].Status, "agent %d at %d", x.agent, x.at)
		})
	})
}

// assignments looks at a few conversations only; every story says the same.
func TestAssignmentsAreThoseOfAllStories(t *testing.T) {
	a := NewAccount(5, "12345678", 3000)
	day := dayOf(aMoment) - 40
	want, got := map[assignment]int{}, map[assignment]int{}
	var c cast
	for n := range a.first(dayStart(day + 1)) {
		times := a.times(n)
		a.cast(n, &times, &c)
		for _, s := range c.segments[:c.n] {
			if s.agent >= a.directory.humans && s.assigned >= dayStart(day) && s.assigned < dayStart(day+1) {
				want[assignment{s.agent, s.assigned}]++
			}
		}
	}
	a.assignments(dayStart(day), dayStart(day+1), func(x assignment) { got[x]++ })
	require.NotEmpty(t, want)
	require.Equal(t, want, got)
}

// What was listed once stays, whatever the window and the clock.
func TestStatusChangesDoNotDependOnTheWindow(t *testing.T) {
	a := NewAccount(9, "12345678", 20_000)
	whole := a.StatusChanges(aMoment-5*dayMS, aMoment, aMoment)
	rapid.Check(t, func(t *rapid.T) {
		cut := aMoment - rapid.Int64Range(0, 5*dayMS).Draw(t, "cut")
		fresh := NewAccount(9, "12345678", 20_000)
		parts := slices.Concat(fresh.StatusChanges(aMoment-5*dayMS, cut, aMoment), fresh.StatusChanges(cut, aMoment, aMoment))
		require.Equal(t, whole, parts)
	})
}

// aMoment is a Friday noon of 2026.
const aMoment = int64(1_795_176_000_000)
