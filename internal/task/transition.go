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
		s := c.clock.stretches[i]
		if at := unixUTC(s.start); !at.Before(from) && at.Before(to) {
			found = append(found, Transition{
				At:     at,
				Before: time.Duration(c.clock.stretches[i-1].offset) * time.Second,
				After:  time.Duration(s.offset) * time.Second,
			})
		}
	}
	return found
}

// FireClock returns what the clock ought to show at fires of a daily or weekly task,
// written as a time in UTC: hour, minute and second, and for weekly the weekday.
func (c *Calendar) FireClock() time.Time { return unixUTC(c.base + c.delay) }
