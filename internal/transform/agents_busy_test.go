package transform

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Breakdown files are of the hour that a segment ended in, and a window reads those of its own hours. Of a
// segment that goes on after the window its units are in a later file: busy_ms is then from the conversation,
// which has the same answers and those that are not given yet. So no moment that the platform counts is
// missing in any window, whatever hours a segment spans, and none is there that the conversation has not.
func TestNoAnswerIsLostOfSegmentsThatSpanHours(t *testing.T) {
	const hour = int64(time.Hour / time.Millisecond)
	spanning, read := 0, 0
	for seed := range int64(3) {
		account := newAgentWorld(t, seed+1, 60_000)
		day := worldNow - (5+seed)*24*hour
		day -= day % hour
		for from := day + 9*hour; from < day+17*hour; from += hour {
			w := agentWindow{"wfm.agent_interval", "UTC", from, from + hour, 60, true, false}
			in := account.records(t, w, 26*time.Hour)
			read += len(in["handle_time_breakdown"])
			measured := w.busy(t, in)
			w.measured = false
			derived := w.busy(t, in)
			least := map[string][][2]int64{}
			for _, s := range account.AgentSegments(from, from+9*24*hour, worldNow+48*hour) {
				if s.Start < from+hour && s.End >= from+hour {
					spanning++
				}
				agent := fmt.Sprint(account.Person(s.Agent).ID)
				for _, u := range s.Units {
					if a, b := max(u.From, from), min(u.To, from+hour); a < b {
						least[agent] = append(least[agent], [2]int64{a, b})
					}
				}
			}
			for agent, spans := range least {
				require.GreaterOrEqual(t, measured[agent], float64(union(spans)), "%s from %d", agent, from)
			}
			for agent, ms := range measured {
				require.LessOrEqual(t, ms, derived[agent], "%s from %d", agent, from)
			}
		}
	}
	require.Positive(t, spanning)
	require.Positive(t, read)
	t.Logf("%d times a segment went on after its window", spanning)
}

// busy is busy_ms by agent.
func (w agentWindow) busy(t *testing.T, in memory) map[string]float64 {
	sums := map[string]float64{}
	for _, row := range w.rows(t, in) {
		sums[fmt.Sprint(row["agent_id"])] += row["busy_ms"].(float64)
	}
	return sums
}

// union is how long the spans are together, each moment once.
func union(spans [][2]int64) (ms int64) {
	slices.SortFunc(spans, func(a, b [2]int64) int { return int(a[0] - b[0]) })
	end := int64(0)
	for _, s := range spans {
		ms += max(0, s[1]-max(s[0], end))
		end = max(end, s[1])
	}
	return ms
}
