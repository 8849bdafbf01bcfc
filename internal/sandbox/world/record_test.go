package world

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/history"
)

var testNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).UnixMilli()

const everything = history.Section(1<<23 - 1)

func TestRecordsAreValidJSONInEveryView(t *testing.T) {
	a := NewAccount(1, "12345678", 100_000)
	last := a.first(testNow)
	var size int
	const count = 800
	for n := last - count; n < last; n++ {
		for _, v := range []history.View{
			{Sections: history.Default},
			{Sections: everything, Typed: true, Whole: true},
			{Sections: everything, Cut: true},
		} {
			b := a.appendRecord(nil, n, testNow, v)
			if v.Sections == history.Default {
				size += len(b)
			}
			require.True(t, json.Valid(b), "conversation %d: %s", n, b)
		}
	}
	average := size / count
	t.Logf("average record %d bytes", average)
	require.InDelta(t, 15_000, average, 2_000)
}

func BenchmarkRecord(b *testing.B) {
	a := NewAccount(1, "12345678", 100_000)
	first := a.first(testNow - 90*dayMS)
	var buf []byte
	n := int64(0)
	size := 0
	for b.Loop() {
		buf = a.appendRecord(buf[:0], first+n%20_000, testNow, history.View{Sections: history.Default})
		size += len(buf)
		n++
	}
	b.SetBytes(int64(size) / n)
}

func BenchmarkTimes(b *testing.B) {
	a := NewAccount(1, "12345678", 10_000_000)
	first := a.first(testNow - 90*dayMS)
	var f history.Facts
	n := first
	for b.Loop() {
		tm := a.times(n)
		tm.facts(a.asOf(n, testNow), &f)
		n++
	}
}
