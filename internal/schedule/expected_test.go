package schedule_test

import (
	"slices"
	"time"

	"transporter/internal/task"
)

// due is one boundary of a task and the fire of its run.
type due struct{ boundary, fire time.Time }

// expected lists the boundaries b of a task with from ≤ b < to as the rules have it, by other
// means than the program's: wall clocks are read minute by minute around clock changes.
func expected(zone *time.Location, f task.Frequency, delay time.Duration, created, from, to time.Time) (all []due) {
	wall := from.AddDate(0, 0, -8) // as if it were UTC
	instant, step := func(w time.Time) time.Time { return firstShowing(zone, w) }, time.Duration(f.Every)
	switch f.Kind {
	case task.Interval: // elapsed time, before and after the midnight before the creation
		local := created.In(zone)
		wall = firstShowing(zone, time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC))
		for ; wall.After(from); wall = wall.Add(-step) {
		}
		instant = func(w time.Time) time.Time { return w }
	default:
		at, err := time.Parse("15:04", f.At)
		if err != nil {
			panic(err) // the test is wrong
		}
		wall = time.Date(wall.Year(), wall.Month(), wall.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
		if step = 24 * time.Hour; f.Kind == task.Weekly {
			for step *= 7; task.Weekdays()[wall.Weekday()] != f.Weekday; wall = wall.AddDate(0, 0, 1) {
			}
		}
	}
	for ; ; wall = wall.Add(step) {
		switch b := instant(wall); {
		case !b.Before(to):
			return all
		case !b.Before(from):
			all = append(all, due{b, instant(wall.Add(delay))})
		}
	}
}

// firstShowing returns the first instant at which the clock of the zone shows the wall time or
// a later one.
func firstShowing(zone *time.Location, wall time.Time) time.Time {
	offset := func(t time.Time) time.Duration {
		_, seconds := t.In(zone).Zone()
		return time.Duration(seconds) * time.Second
	}
	const aday = 26 * time.Hour // more than any offset and change
	offsets := []time.Duration{offset(wall.Add(-aday)), offset(wall), offset(wall.Add(aday))}
	most := slices.Max(offsets)
	if most == slices.Min(offsets) {
		return wall.Add(-most)
	}
	for t := wall.Add(-most); ; t = t.Add(time.Minute) { // since 1972 clocks change at whole minutes
		if !t.Add(offset(t)).Before(wall) {
			return t
		}
	}
}
