// Package interval counts what happened in every interval of a window: for workforce
// management, which plans by quarters of an hour.
package interval

import (
	"sort"
	"time"
)

// Axis cuts a window into intervals at the marks of the local clock, such as every full
// quarter of an hour. The first and the last are shorter where the window does not begin or
// end at a mark. Bounds are epoch milliseconds UTC, half-open.
type Axis struct {
	zone   *time.Location
	length time.Duration
	marks  []int64 // the bounds of all intervals, ascending
}

// NewAxis cuts [from, to), which must not be empty. The length must divide a day. Where the
// clock is put forward or back, the marks go on with the new clock.
func NewAxis(from, to int64, length time.Duration, zone *time.Location) *Axis {
	a := &Axis{zone: zone, length: length}
	for at := from; at < to; at = a.next(at) {
		a.marks = append(a.marks, at)
	}
	a.marks = append(a.marks, to)
	return a
}

// next returns the first mark after the moment. A change of the clock before it moves it to
// the first mark of the new clock, which the change itself may be.
func (a *Axis) next(at int64) int64 {
	t := time.UnixMilli(at).In(a.zone)
	mark := at + a.toMark(t)
	_, end := t.ZoneBounds()
	if end.IsZero() || mark <= end.UnixMilli() {
		return mark
	}
	changed := end.In(a.zone)
	if toMark := a.toMark(changed); toMark < a.length.Milliseconds() {
		return end.UnixMilli() + toMark
	}
	return end.UnixMilli()
}

// toMark is how many milliseconds by its own clock a moment is before the mark after it.
func (a *Axis) toMark(t time.Time) int64 {
	_, offset := t.Zone()
	local := t.UnixMilli() + int64(offset)*time.Second.Milliseconds()
	length := a.length.Milliseconds()
	past := local % length
	if past < 0 {
		past += length
	}
	return length - past
}

// Len is the number of intervals.
func (a *Axis) Len() int { return len(a.marks) - 1 }

// Bounds returns the i'th interval.
func (a *Axis) Bounds(i int) (from, to int64) { return a.marks[i], a.marks[i+1] }

// At returns the interval of a moment; false for one outside of the window.
func (a *Axis) At(at int64) (int, bool) {
	i := sort.Search(len(a.marks), func(i int) bool { return a.marks[i] > at }) - 1
	return i, i >= 0 && i < a.Len()
}

// Clip calls yield with every interval that the span [from, to) touches, and the part of the
// span that lies in it.
func (a *Axis) Clip(from, to int64, yield func(i int, from, to int64)) {
	from, to = max(from, a.marks[0]), min(to, a.marks[a.Len()])
	i, ok := a.At(from)
	for ; ok && i < a.Len() && from < to && a.marks[i] < to; i++ {
		yield(i, max(from, a.marks[i]), min(to, a.marks[i+1]))
	}
}

// Name is how people call an interval: by the local clock at its start. Fold is 1 in the hour
// that the clock goes through for the second time when it is put back, otherwise 0.
type Name struct {
	Date, Clock string // 2006-01-02, 15:04
	Fold        int64
}

// Name returns that of the i'th interval.
func (a *Axis) Name(i int) Name {
	t := time.UnixMilli(a.marks[i]).In(a.zone)
	n := Name{Date: t.Format(time.DateOnly), Clock: t.Format("15:04")}
	since, _ := t.ZoneBounds()
	if since.IsZero() {
		return n
	}
	_, now := t.Zone()
	_, before := since.Add(-time.Millisecond).Zone()
	if back := time.Duration(before-now) * time.Second; back > 0 && t.Before(since.Add(back)) {
		n.Fold = 1
	}
	return n
}
