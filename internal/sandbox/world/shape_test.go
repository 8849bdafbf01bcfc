package world

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/sandbox/history"
)

// TestNumbersAndTimesAgree: starts grow with their numbers, first inverts start, and ids
// read back, for accounts of every size.
func TestNumbersAndTimesAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(1, 10_000_000).Draw(rt, "size")
		a := NewAccount(rapid.Int64().Draw(rt, "seed"), "acc", size)
		at := testNow - rapid.Int64Range(0, 2000*dayMS).Draw(rt, "back")
		n := a.first(at)
		require.GreaterOrEqual(rt, a.start(n), at)
		require.LessOrEqual(rt, a.start(n), a.start(n+1))
		if n > 0 {
			require.Less(rt, a.start(n-1), at)
		}
		for _, kind := range []idKind{conversationID, consumerID, dialogID} {
			id := string(appendUUID(nil, a.uuid(kind, n)))
			require.Regexp(rt, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, id)
			back, ok := a.number(kind, id)
			require.True(rt, ok)
			require.Equal(rt, n, back)
			_, ok = a.number(surveyID, id)
			require.False(rt, ok, "kinds do not mix")
		}
		require.Contains(rt, a.conversationsOf(a.consumer(n)), n)
	})
}

func TestForeignIdsAreNotFound(t *testing.T) {
	a := NewAccount(1, "acc", 1000)
	other := NewAccount(1, "other", 1000)
	for _, id := range []string{
		"", "x", "e5c58e49-e4a5-40a8-8a18-d6580d1d5630", "e5c58e49-e4a5-10a8-8a18-d6580d1d5630",
		"e5c58e49Xe4a5-40a8-8a18-d6580d1d5630", string(appendUUID(nil, other.uuid(conversationID, 5))),
	} {
		_, ok := a.number(conversationID, id)
		require.False(t, ok, id)
	}
}

// TestTheWeekHasAShape: business hours carry more than nights, weekdays more than Sundays.
func TestTheWeekHasAShape(t *testing.T) {
	a := NewAccount(1, "acc", 1_000_000)
	count := func(from time.Time, hours int) int64 {
		return a.first(from.Add(time.Duration(hours)*time.Hour).UnixMilli()) - a.first(from.UnixMilli())
	}
	monday := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	require.Greater(t, count(monday.Add(10*time.Hour), 1), 5*count(monday.Add(2*time.Hour), 1))
	require.Greater(t, count(monday, 24), 2*count(monday.AddDate(0, 0, 6), 24))
	even := NewEvenAccount(1, "acc", 1_000_000)
	for hour := range 168 {
		from := monday.Add(time.Duration(hour) * time.Hour)
		require.InDelta(t, 1_000_000/spanDays/24, even.first(from.Add(time.Hour).UnixMilli())-even.first(from.UnixMilli()), 2)
	}
	total := count(monday.AddDate(0, 0, -spanDays), 24*spanDays)
	require.InEpsilon(t, 1_000_000, total, 0.02)
}

func TestAllTransferReasonsAndEndsOccur(t *testing.T) {
	a := NewAccount(1, "acc", 100_000)
	last := a.first(testNow)
	reasons, closers := map[reason]int{}, map[uint8]int{}
	var tail, bots int
	for n := last - 20_000; n < last; n++ {
		tm := a.times(n)
		var c cast
		a.cast(n, &tm, &c)
		require.LessOrEqual(t, tm.start, tm.end)
		require.LessOrEqual(t, tm.end, tm.survey)
		from := tm.start
		for _, s := range c.segments[:c.n] {
			reasons[s.reason]++
			require.Equal(t, from, s.from, "segments tile the conversation")
			require.GreaterOrEqual(t, s.assigned, s.from)
			require.LessOrEqual(t, s.assigned, s.to)
			from = s.to
		}
		require.Equal(t, tm.end, from)
		closers[c.closedBy]++
		if tm.end-tm.start >= tailShortest {
			tail++
			require.True(t, a.isTail(n))
		}
		if c.segments[0].agent >= 1 && c.segments[0].agent <= 3 {
			bots++
		}
	}
	require.Len(t, reasons, len(reasonNames))
	require.Len(t, closers, 3)
	require.InDelta(t, 20_000/tailEvery, tail, 2)
	require.Greater(t, bots, 5000)
}

// TestTenMillionConversationsNeedNoMemory builds the biggest account and asks deep.
func TestTenMillionConversationsNeedNoMemory(t *testing.T) {
	begun := time.Now()
	a := NewAccount(1, "acc", 10_000_000)
	require.Less(t, time.Since(begun), time.Second)
	before := heap()
	q := &history.Query{Start: history.Range{From: testNow - 90*dayMS, To: testNow, Set: true}, Sort: history.StartAsc}
	h := a.Search(q, testNow)
	require.Greater(t, h.Len(), 2_000_000)
	begun = time.Now()
	var buf []byte
	for i := h.Len() - 1000; i < h.Len()-900; i++ {
		buf = h.Append(buf[:0], i, history.View{})
	}
	t.Logf("a page at offset %d of %d took %v", h.Len()-1000, h.Len(), time.Since(begun))
	require.Less(t, time.Since(begun), time.Second)
	day := &history.Query{Start: q.Start, End: history.Range{From: testNow - 31*dayMS, To: testNow - 30*dayMS, Set: true}}
	begun = time.Now()
	n := a.Search(day, testNow).Len()
	t.Logf("a day of ends among 2.3 million took %v for %d", time.Since(begun), n)
	require.Greater(t, n, 10_000)
	require.Less(t, heap()-before, int64(64<<20))
}
