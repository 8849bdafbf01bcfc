package task

import "time"

// This file is the grid under a Calendar: indices without regard to first and last.

func (c *Calendar) boundary(k int64) int64 { return c.clock.first(c.base + k*c.period) }

func (c *Calendar) fire(k int64) int64 { return c.clock.first(c.base + k*c.period + c.delay) }

// counts reports whether the k-th boundary is one: neither its instant nor its fire is
// also that of the next.
func (c *Calendar) counts(k int64) bool {
	if len(c.clock.stretches) == 1 { // no gaps
		return true
	}
	return c.boundary(k) < c.boundary(k+1) && c.fire(k) < c.fire(k+1)
}

func (c *Calendar) next(k int64) int64 {
	for k++; !c.counts(k); k++ {
	}
	return k
}

func (c *Calendar) prev(k int64) int64 {
	for k--; !c.counts(k); k-- {
	}
	return k
}

// atOrAfter returns the index of the first boundary at or after t.
func (c *Calendar) atOrAfter(t int64) int64 {
	k := floorDiv(c.clock.wall(t)-c.base, c.period)
	for c.boundary(k) >= t {
		k--
	}
	for c.boundary(k) < t || !c.counts(k) {
		k++
	}
	return k
}

// lastFire returns the index of the last boundary whose fire is at or before t; ok is
// false for a once task whose only fire is later.
func (c *Calendar) lastFire(t int64) (k int64, ok bool) {
	k = floorDiv(c.clock.wall(t)-c.delay-c.base, c.period)
	for c.fire(k) <= t {
		k++
	}
	for c.fire(k) > t || !c.counts(k) {
		k--
	}
	return k, k >= c.first
}

func unixUTC(t int64) time.Time { return time.Unix(t, 0).UTC() }

// ceilUnix rounds up to whole seconds: boundaries lie on those.
func ceilUnix(t time.Time) int64 {
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}
