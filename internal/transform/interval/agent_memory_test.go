package interval

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/transform/agentstatus"
)

// An account of 5,000 agents who are logged in for eight hours of a day of quarters, with a
// break and three answers in each of them and conversations that go on for all of it, takes
// less than 64 MiB.
func TestADayOfAgentsTakesLittleMemory(t *testing.T) {
	const agents, quarters, limit = 5000, 32, 64 << 20
	day := time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC).UnixMilli()
	axis := NewAxis(day, day+24*time.Hour.Milliseconds(), 15*time.Minute, time.UTC)
	before := heap()
	f, err := NewAgents(agentstatus.Window{From: day, To: day + 1, Zone: time.UTC}, AgentOptions{Axis: axis})
	require.NoError(t, err)
	for a := range agents {
		id := fmt.Appendf(nil, "%d", 1_000_000+a)
		for i := range quarters {
			from, to := axis.Bounds(36 + i)
			tally := f.table.in(id, 36+i)
			tally.mark(assigned, from, to, from, to)
			tally.mark(whileOnline, from, to, from, from+400_000)
			tally.mark(whileAway, from, to, from+400_000, from+500_000)
			tally.mark(whileOnline, from, to, from+500_000, to)
			tally.awayFor(1, 100_000)
			for n := range int64(3) {
				f.worked(id, from+n*200_000, from+n*200_000+60_000)
			}
		}
	}
	used := heap() - before
	runtime.KeepAlive(f)
	t.Logf("%d MiB, %d bytes a tally", used>>20, used/agents/quarters)
	require.Less(t, used, int64(limit))
	require.Greater(t, used, int64(agents*quarters*100), "it was there when it was counted")
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
