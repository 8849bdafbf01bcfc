package interval

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/transform/agentstatus"
)

// The account that the longest windows of reports (maxWindow) are for: agents who are logged in
// for so many quarters of every day.
const agents, quarters = 5000, 32

// transformWeight is what a step that renders may hold (activities).
const transformWeight = 96 << 20

var day = time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC).UnixMilli()

// An account of 5,000 agents who are logged in for eight hours of a day of quarters, with a
// break and three answers in each of them and conversations that go on for all of it, takes
// less than 64 MiB.
func TestADayOfAgentsTakesLittleMemory(t *testing.T) {
	axis := NewAxis(day, day+24*time.Hour.Milliseconds(), 15*time.Minute, time.UTC)
	requireMemory(t, 64<<20, agents*quarters, "agent and quarter", func() any { return busyAgents(t, axis, false, 1) })
}

// A week of the same agents, who work on five of its days.
func TestAWeekOfDaysOfAgentsFitsAStep(t *testing.T) {
	axis := NewDays(day, day+7*24*time.Hour.Milliseconds(), time.UTC)
	requireMemory(t, transformWeight, agents*5, "agent and day", func() any { return busyAgents(t, axis, true, 5) })
}

// A day of quarters of agents who work for three skills each.
func TestADayOfAgentsAndSkillsFitsAStep(t *testing.T) {
	axis := NewAxis(day, day+24*time.Hour.Milliseconds(), 15*time.Minute, time.UTC)
	requireMemory(t, transformWeight, agents*quarters*3, "agent, skill and quarter", func() any {
		f := NewAgentSkills(axis, PeopleOptions{})
		for a := range agents {
			for skill := range 3 {
				for i := range quarters {
					f.table.in(pairKey(fmt.Appendf(nil, "%d", 1_000_000+a), fmt.Appendf(nil, "%d", 1_000+skill)), 36+i).started++
				}
			}
		}
		return f
	})
}

// A month of quarters of 60 skills to which a million conversations came; of a day, 2,000 skills.
func TestAMonthOfSkillsFitsAStep(t *testing.T) {
	const skills, days = 60, 31
	axis := NewAxis(day, day+days*24*time.Hour.Milliseconds(), 15*time.Minute, time.UTC)
	requireMemory(t, transformWeight, skills*days*96, "skill and quarter", func() any {
		f, err := NewSkills(agentstatus.Window{From: day, To: day + 1, Zone: time.UTC}, SkillOptions{Axis: axis})
		require.NoError(t, err)
		for s := range skills {
			for i := range days * 96 {
				tally := f.table.in(fmt.Appendf(nil, "%d", 1_000_000+s), i)
				for n := range int64(5) {
					tally.waits = append(tally.waits, n)
				}
			}
		}
		return f
	})
}

// busyAgents are so many days of them.
func busyAgents(t *testing.T, axis *Axis, days bool, n int) *Agents {
	f, err := NewAgents(agentstatus.Window{From: day, To: day + 1, Zone: time.UTC}, AgentOptions{Axis: axis, Days: days})
	require.NoError(t, err)
	for a := range agents {
		id := fmt.Appendf(nil, "%d", 1_000_000+a)
		for q := range n * quarters {
			at := day + int64(q/quarters)*24*time.Hour.Milliseconds() + int64(36+q%quarters)*15*time.Minute.Milliseconds()
			i, ok := axis.At(at)
			require.True(t, ok)
			from, to := axis.Bounds(i)
			tally := f.table.in(id, i)
			tally.mark(assigned, from, to, at, at+900_000)
			tally.mark(whileOnline, from, to, at, at+400_000)
			tally.mark(whileAway, from, to, at+400_000, at+500_000)
			tally.mark(whileOnline, from, to, at+500_000, at+900_000)
			tally.awayFor(1, 100_000)
			for n := range int64(3) {
				f.worked(id, at+n*200_000, at+n*200_000+60_000)
			}
		}
	}
	return f
}

// requireMemory makes what is measured, which has so many tallies.
func requireMemory(t *testing.T, limit, tallies int64, what string, make func() any) {
	t.Helper()
	before := heap()
	f := make()
	used := heap() - before
	runtime.KeepAlive(f)
	t.Logf("%d MiB, %d bytes for each %s", used>>20, used/tallies, what)
	require.Less(t, used, limit)
	require.Greater(t, used, tallies*100, "it was there when it was counted")
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
