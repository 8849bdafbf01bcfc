package schedule_test

import (
	"time"

	"go.temporal.io/sdk/client"
)

// calendar is a calendar entry as the server compiles it.
type calendar struct {
	zone                                             *time.Location
	years                                            []client.ScheduleRange // empty: all
	month, dayOfMonth, weekday, hour, minute, second set
}

// set holds the numbers from 0 to 63.
type set uint64

const anyWeekday set = 1<<7 - 1

func (s set) has(v int) bool { return s&(1<<v) != 0 }

func compile(c client.ScheduleCalendarSpec, zone *time.Location) calendar {
	among := func(ranges []client.ScheduleRange, first, last int) (s set) {
		if len(ranges) == 0 {
			ranges = []client.ScheduleRange{{Start: first, End: last}}
		}
		for _, r := range ranges {
			for v := r.Start; v <= max(r.Start, r.End); v += max(r.Step, 1) {
				s |= 1 << v
			}
		}
		return s
	}
	return calendar{
		zone: zone, years: c.Year, month: among(c.Month, 1, 12), dayOfMonth: among(c.DayOfMonth, 1, 31),
		weekday: among(c.DayOfWeek, 0, 6), hour: among(c.Hour, 0, 0), minute: among(c.Minute, 0, 0), second: among(c.Second, 0, 0),
	}
}

func (c calendar) year(y int) bool {
	for _, r := range c.years {
		if r.Start <= y && y <= max(r.Start, r.End) {
			return true
		}
	}
	return len(c.years) == 0
}

func (c calendar) matches(t time.Time) bool {
	t = t.In(c.zone)
	return c.year(t.Year()) && c.month.has(int(t.Month())) && c.dayOfMonth.has(t.Day()) && c.weekday.has(int(t.Weekday())) &&
		c.hour.has(t.Hour()) && c.minute.has(t.Minute()) && c.second.has(t.Second())
}

// lastYear is the last that the server looks for.
const lastYear = 2100

// asServer evaluates a calendar entry step by step as compiledCalendar.next of
// service/worker/scheduler/calendar.go of go.temporal.io/server v1.29.1 (MIT licence) does,
// with its errors near clock changes; TestServer holds it against a real one.
func asServer(c calendar) func(time.Time) time.Time {
	return func(after time.Time) time.Time {
		w := hands{zone: c.zone}
		w.read(after)
		for w.s++; ; {
			w.carry()
			if w.y > lastYear {
				return time.Time{}
			}
			if !c.advance(&w) {
				continue
			}
			at := w.time()
			if at.Hour() == w.h {
				return at.Add(w.later)
			}
			w.h, w.m, w.s = w.h+1, 0, 0 // the clock skips this hour
		}
	}
}

// hands are what the server's wall clock shows while it looks for a time.
type hands struct {
	zone              *time.Location
	y, mo, d, h, m, s int
	later             time.Duration // an hour in the second pass of a doubled one
}

func (w *hands) read(t time.Time) {
	t = t.In(w.zone)
	w.y, w.mo, w.d, w.h, w.m, w.s = t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second()
	if t.Add(-time.Hour).Hour() == w.h {
		w.later = time.Hour
	}
}

func (w *hands) time() time.Time {
	return time.Date(w.y, time.Month(w.mo), w.d, w.h, w.m, w.s, 0, w.zone)
}

// set puts the hands at the beginning of a day, hour or minute; the later pass ends.
func (w *hands) set(y, mo, d, h int) { *w = hands{zone: w.zone, y: y, mo: mo, d: d, h: h} }

func (w *hands) carry() {
	if w.s >= 60 {
		w.m, w.s = w.m+1, 0
	}
	if w.m >= 60 {
		hour := func() time.Time { return time.Date(w.y, time.Month(w.mo), w.d, w.h, 0, 0, 0, w.zone) }
		before := hour()
		w.h, w.m = w.h+1, 0
		if w.later == 0 && hour().Sub(before) > time.Hour {
			w.h, w.later = w.h-1, time.Hour
		} else {
			w.later = 0
		}
	}
	if w.h >= 24 {
		w.d, w.h = w.d+1, 0
	}
	if w.d > daysIn(w.y, w.mo) {
		w.mo, w.d = w.mo+1, 1
	}
	if w.mo > 12 {
		w.y, w.mo = w.y+1, 1
	}
}

// advance moves the hands to the next match, or returns false when they must be carried.
func (c calendar) advance(w *hands) bool {
	if !c.year(w.y) {
		w.set(w.y+1, 1, 1, 0)
		return false
	}
	for !c.month.has(w.mo) {
		if w.set(w.y, w.mo+1, 1, 0); w.mo > 12 {
			return false
		}
	}
	for !c.dayOfMonth.has(w.d) || c.weekday != anyWeekday && !c.weekday.has(int(w.time().Weekday())) {
		if w.set(w.y, w.mo, w.d+1, 0); w.d > daysIn(w.y, w.mo) {
			return false
		}
	}
	for !c.hour.has(w.h) {
		if w.set(w.y, w.mo, w.d, w.h+1); w.h >= 24 {
			return false
		}
	}
	for !c.minute.has(w.m) {
		if w.m, w.s = w.m+1, 0; w.m >= 60 {
			return false
		}
	}
	for !c.second.has(w.s) {
		if w.s++; w.s >= 60 {
			return false
		}
	}
	return true
}

func daysIn(y, mo int) int {
	if mo > 12 {
		return 31
	}
	return time.Date(y, time.Month(mo)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
