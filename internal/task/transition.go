package task

import "time"

// Transition is a change of the clock in the calendar's zone: a gap when After is
// ahead of Before, a doubled time when it is behind.
type Transition struct {
	At            time.Time
	Before, After time.Duration // ahead of UTC
}

// Transitions returns the changes of the calendar's clock with from ≤ At < to, in order.
// Interval and once tasks follow elapsed time, which has none.
func (c *Calendar) Transitions(from, to time.Time) []Transition {
	var found []Transition
	for i := 1; i < len(c.clock.stretches); i++ {
		if t := c.clock.change(i); !t.At.Before(from) && t.At.Before(to) {
			found = append(found, t)
		}
	}
	return found
}

// NextTransition returns the zone's first change of the clock after a time; ok is false when
// none is foreseen.
func NextTransition(zone *time.Location, after time.Time) (next Transition, ok bool) {
	c := clockOf(zone)
	i := c.find(after.Unix()) + 1
	if i == len(c.stretches) {
		return Transition{}, false
	}
	return c.change(i), true
}

// change is how the i-th stretch begins, i > 0.
func (c clock) change(i int) Transition {
	s := c.stretches[i]
	return Transition{
		At:     unixUTC(s.start),
		Before: time.Duration(c.stretches[i-1].offset) * time.Second,
		After:  time.Duration(s.offset) * time.Second,
	}
}

// FireClock returns what the clock ought to show at fires of a daily or weekly task,
// written as a time in UTC: hour, minute and second, and for weekly the weekday.
func (c *Calendar) FireClock() time.Time { return unixUTC(c.base + c.delay) }
