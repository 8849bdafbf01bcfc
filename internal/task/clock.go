package task

import (
	"sort"
	"sync"
	"time"
)

// A clock turns wall-clock seconds into instants. Wall seconds are what a clock on the
// wall shows, counted as if it were UTC; instants are Unix seconds. In UTC, which is
// also the clock of elapsed time, both are the same.
type clock struct{ stretches []stretch }

// A stretch is a time without a change of offset; it ends where the next begins.
type stretch struct{ start, offset int64 }

// maxOffset is more than any zone was ever ahead of UTC (America/Metlakatla: 15:13:42).
const maxOffset = 16 * 60 * 60

// elapsed is the clock that knows no changes.
var elapsed = clock{stretches: []stretch{{}}}

// first returns the first instant whose wall clock is at or after w: inside a gap its
// end, in a doubled hour the first of the two. It never decreases when w grows.
// time.Date is not used because it leaves open what it does in gaps and folds.
func (c clock) first(w int64) int64 {
	t := w - maxOffset // here the wall still shows less than w
	for i := c.find(t); ; i++ {
		candidate := max(w-c.stretches[i].offset, t)
		if i+1 == len(c.stretches) || candidate < c.stretches[i+1].start {
			return candidate
		}
		t = c.stretches[i+1].start
	}
}

// wall returns what the clock shows at an instant.
func (c clock) wall(t int64) int64 { return t + c.stretches[c.find(t)].offset }

// day returns the wall second at which the date shown at t begins.
func (c clock) day(t int64) int64 {
	return floorDiv(c.wall(t), secondsPerDay) * secondsPerDay
}

// find returns the index of the stretch that holds t; the first one has no start.
func (c clock) find(t int64) int {
	return sort.Search(len(c.stretches)-1, func(i int) bool { return c.stretches[i+1].start > t })
}

var clocks sync.Map // *time.Location → clock

// clockOf returns the clock of a zone. It knows the changes of 1970 to 2100, as tz
// database and rules foresee them; outside of these years it keeps the nearest offset.
func clockOf(zone *time.Location) clock {
	if c, ok := clocks.Load(zone); ok {
		return c.(clock)
	}
	c := clock{}
	end := time.Date(lastYear+2, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	for t := int64(0); t < end; t = nextBound(zone, t) {
		_, offset := time.Unix(t, 0).In(zone).Zone()
		if n := len(c.stretches); n == 0 || c.stretches[n-1].offset != int64(offset) {
			c.stretches = append(c.stretches, stretch{t, int64(offset)})
		}
	}
	clocks.Store(zone, c)
	return c
}

// nextBound returns an instant after t until which the offset at t surely holds.
func nextBound(zone *time.Location, t int64) int64 {
	_, bound := time.Unix(t, 0).In(zone).ZoneBounds()
	switch end := bound.Unix(); {
	case bound.IsZero():
		return 1 << 62
	case end <= t:
		// Beyond the table of a zone, ZoneBounds counts 365 days in a leap year too: on
		// the last of the 366 its end lies in the past. No rule changes the offset then.
		return (floorDiv(t, secondsPerDay) + 1) * secondsPerDay
	default:
		return end
	}
}

const secondsPerDay = 24 * 60 * 60

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
