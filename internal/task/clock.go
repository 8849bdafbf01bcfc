package task

import (
	"math"
	"time"
)

// A clock turns wall-clock seconds into instants. Wall seconds are what a clock on the
// wall shows, counted as if it were UTC; instants are Unix seconds. In UTC, which is
// also the clock of elapsed time, both are the same.
type clock struct{ loc *time.Location }

// maxOffset is more than any zone was ever ahead of UTC (America/Metlakatla: 15:13:42).
const maxOffset = 16 * 60 * 60

// first returns the first instant whose wall clock is at or after w: inside a gap its
// end, in a doubled hour the first of the two. It never decreases when w grows.
// time.Date is not used because it leaves open what it does in gaps and folds.
func (c clock) first(w int64) int64 {
	if c.loc == time.UTC {
		return w
	}
	t := w - maxOffset // here the wall still shows less than w
	for {
		offset, end := c.stretch(t)
		if candidate := max(w-offset, t); candidate < end {
			return candidate
		}
		t = end
	}
}

// stretch returns the offset at t and an instant after t until which it surely holds.
func (c clock) stretch(t int64) (offset, end int64) {
	at := time.Unix(t, 0).In(c.loc)
	_, o := at.Zone()
	_, bound := at.ZoneBounds()
	if bound.IsZero() {
		return int64(o), math.MaxInt64
	}
	// Beyond the table of a zone, ZoneBounds counts 365 days in a leap year too: on the
	// last of the 366 its end lies in the past. No rule changes the offset on that day.
	if end = bound.Unix(); end <= t {
		end = (floorDiv(t, secondsPerDay) + 1) * secondsPerDay
	}
	return int64(o), end
}

// wall returns what the clock shows at an instant.
func (c clock) wall(t int64) int64 {
	_, offset := time.Unix(t, 0).In(c.loc).Zone()
	return t + int64(offset)
}

// day returns the wall second at which the date shown at t begins.
func (c clock) day(t int64) int64 {
	return floorDiv(c.wall(t), secondsPerDay) * secondsPerDay
}

const secondsPerDay = 24 * 60 * 60

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
