package task

import (
	"iter"
	"time"

	"transporter/internal/fault"
)

// DefaultOnce is the length of a once window without an end.
const DefaultOnce = 24 * time.Hour

// Calendar is the arithmetic of one task: where its windows end (boundaries) and when
// their runs fire. It is pure and safe for concurrent use.
//
// All frequencies are one grid: the k-th boundary is the first instant at which the
// clock shows base + k·period, and its run fires at the first instant at which the same
// clock shows base + k·period + delay. Daily and weekly read the clock of the zone, so
// that a day of 23 or 25 hours is one window and "06:00 with one hour's delay" fires at
// 07:00 in every season; interval and once read UTC, which is elapsed time. The window of
// a boundary begins at the boundary before it. A delay is only ever added.
//
// First instants never decrease, so neither do boundaries nor fires. Where a zone once
// skipped a whole day two of them can coincide: then the last counts, the earlier is no
// boundary, and its period belongs to the window of the later one.
type Calendar struct {
	clock  clock
	byDate bool           // daily and weekly: boundaries belong to dates
	zone   *time.Location // of the task, for people
	base   int64          // wall seconds of boundary 0
	period int64          // seconds of wall clock between boundaries
	delay  int64          // seconds
	first  int64          // index of the first boundary
	last   int64          // index of the last one
}

// forever is the last index of a task without an end; far enough never to be reached
// and small enough never to overflow.
const forever = int64(1) << 40

// NewCalendar returns the calendar of a task that was created at that time, with the
// report's default delay for a task that names none. The spec should have passed
// Validate; what cannot be computed at all is refused with fault.InvalidSpec.
func NewCalendar(spec Spec, created time.Time, defaultDelay time.Duration) (*Calendar, error) {
	zone, err := Zone(spec.Zone)
	if err != nil {
		return nil, err
	}
	delay := defaultDelay
	if spec.Delay != nil {
		delay = time.Duration(*spec.Delay)
	}
	c := &Calendar{zone: zone, delay: int64(delay / time.Second), last: forever}
	if delay < 0 {
		return nil, invalid("delay", "the delay is negative")
	}
	if err := c.setGrid(spec, created); err != nil {
		return nil, err
	}
	if spec.Frequency.Kind != Once {
		if err := c.setRange(spec, created); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// setGrid sets clock, base and period.
func (c *Calendar) setGrid(spec Spec, created time.Time) error {
	switch f := spec.Frequency; f.Kind {
	case Once:
		if spec.Start == nil {
			return invalid("start", "a once task needs the start of its window")
		}
		end := spec.Start.Add(DefaultOnce)
		if spec.End != nil {
			end = *spec.End
		}
		c.clock = elapsed
		c.base, c.period, c.last = end.Unix(), end.Unix()-spec.Start.Unix(), 0
		if c.period <= 0 {
			return invalid("end", "the end is not after the start")
		}
	case Interval:
		c.clock, c.period = elapsed, int64(time.Duration(f.Every)/time.Second)
		if c.period <= 0 {
			return invalid("frequency.every", "an interval task needs the length of its interval")
		}
		local := clockOf(c.zone)
		c.base = local.first(local.day(created.Unix()))
		if spec.Start != nil {
			c.base = spec.Start.Unix()
		}
	default:
		at, weekday, err := f.wallTime()
		if err != nil {
			return err
		}
		c.clock, c.byDate = clockOf(c.zone), true
		c.base, c.period = at, secondsPerDay
		if f.Kind == Weekly {
			c.base, c.period = at+daysToFirst(weekday)*secondsPerDay, 7*secondsPerDay
		}
	}
	return nil
}

// setRange sets the first and last index by the rules for start and end.
func (c *Calendar) setRange(spec Spec, created time.Time) error {
	switch {
	case spec.Start == nil: // the first fire after creation
		k, _ := c.lastFire(created.Unix())
		c.first = c.next(k)
	case spec.Start.After(created): // the first boundary at or after the start
		c.first = c.atOrAfter(spec.Start.Unix())
	default: // the window that holds the start begins at a boundary at or before it
		c.first = c.atOrAfter(spec.Start.Unix() + 1)
	}
	if spec.End != nil {
		c.last = c.prev(c.atOrAfter(spec.End.Unix() + 1))
		if c.last < c.first {
			return invalid("end", "no window ends at or before the end: the first one ends at %s",
				c.at(c.first).Format(time.RFC3339))
		}
	}
	return nil
}

// Zone returns the task's zone, for showing times to people.
func (c *Calendar) Zone() *time.Location { return c.zone }

// Delay returns by how much fires are moved after boundaries, in the calendar's clock.
func (c *Calendar) Delay() time.Duration { return time.Duration(c.delay) * time.Second }

// First returns the first boundary: the end of the first window.
func (c *Calendar) First() time.Time { return c.at(c.first) }

// Last returns the last boundary, the greatest at or before the task's end; ok is false
// for a task without an end.
func (c *Calendar) Last() (b time.Time, ok bool) {
	if c.last == forever {
		return time.Time{}, false
	}
	return c.at(c.last), true
}

// Boundaries returns the task's boundaries b with from ≤ b < to, in order.
func (c *Calendar) Boundaries(from, to time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		for k := max(c.atOrAfter(ceilUnix(from)), c.first); k <= c.last; k = c.next(k) {
			b := c.at(k)
			if !b.Before(to) || !yield(b) {
				return
			}
		}
	}
}

// Fire returns when the run of a boundary fires. For an instant that is no boundary of
// the task it is the fire of the next boundary at or after it.
func (c *Calendar) Fire(b time.Time) time.Time {
	return unixUTC(c.fire(c.atOrAfter(ceilUnix(b))))
}

// WindowOf returns the window that ends at a boundary; ok is false when b is none.
func (c *Calendar) WindowOf(b time.Time) (w Window, ok bool) {
	k := c.atOrAfter(ceilUnix(b))
	if k < c.first || k > c.last || !c.at(k).Equal(b) {
		return Window{}, false
	}
	return c.window(k), true
}

// WindowAt returns the window of a run whose nominal time is given: that of the greatest
// boundary whose fire is not after it. ok is false before the first fire.
func (c *Calendar) WindowAt(nominal time.Time) (w Window, ok bool) {
	k, ok := c.lastFire(nominal.Unix())
	if !ok || k < c.first {
		return Window{}, false
	}
	return c.window(min(k, c.last)), true
}

// Next returns the first boundary whose fire is after the given time; ok is false when
// the task has none left.
func (c *Calendar) Next(after time.Time) (b time.Time, ok bool) {
	k, _ := c.lastFire(after.Unix())
	k = max(c.next(k), c.first)
	return c.at(k), k <= c.last
}

func (c *Calendar) window(k int64) Window { return Window{From: c.at(c.prev(k)), To: c.at(k)} }

func (c *Calendar) at(k int64) time.Time { return unixUTC(c.boundary(k)) }

func invalid(field, format string, args ...any) *fault.Error {
	return fault.New(fault.InvalidSpec, format, args...).WithField(field)
}
