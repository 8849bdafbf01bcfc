package timeline

import (
	"time"

	"transporter/internal/ledger"
	"transporter/internal/task"
)

// tail is where the windows end so far, and whether the grid that made them went on.
type tail struct {
	end    time.Time
	goesOn bool
}

// chain appends the entry's segment: its calendar, its first and its last window.
func (t *Timeline) chain(s segment, before tail, describe Describe) (tail, error) {
	s.opens = len(t.segments) == 0 || s.entry.Reset
	s.created = s.from
	if !s.opens {
		s.created = t.segments[len(t.segments)-1].created
	}
	if s.entry.State == ledger.Deleted {
		s.none = true
		t.segments = append(t.segments, s)
		return tail{end: before.end}, nil
	}
	delay, err := describe(s.entry.Spec)
	if err != nil {
		return tail{}, err
	}
	if s.calendar, err = task.NewCalendar(s.entry.Spec, s.created, delay); err != nil {
		return tail{}, err
	}
	s.begin(before)
	s.end()
	t.segments = append(t.segments, s)
	return s.tail(before), nil
}

// begin finds the first window: where the windows before end, if they may be followed; else
// the calendar's first, or after an edit the first that is still to fire.
func (s *segment) begin(before tail) {
	switch {
	case before.goesOn && !s.declared():
		s.follow(before.end)
	case s.opens:
		s.first, _ = s.calendar.WindowOf(s.calendar.First())
	default:
		b, ok := s.calendar.Next(before1(s.from))
		s.first, _ = s.calendar.WindowOf(b)
		s.none = !ok
	}
}

// declared reports that the spec itself says where windows begin: a once task, a start that
// lies in the future of the entry, and one in the past when the task begins anew.
func (s *segment) declared() bool {
	start := s.entry.Spec.Start
	return s.entry.Spec.Frequency.Kind == task.Once || start != nil && (s.opens || start.After(s.from))
}

// follow makes the first window begin at the end of the ones before.
func (s *segment) follow(end time.Time) {
	s.none = true
	for b := range s.calendar.Boundaries(end.Add(time.Second), forever) {
		s.first, s.none = task.Window{From: end, To: b}, false
		return
	}
}

// end finds the last boundary whose fire is still the segment's.
func (s *segment) end() {
	if s.none || s.to.IsZero() {
		return
	}
	w, ok := s.calendar.WindowAt(before1(s.to))
	s.last = w.To
	s.none = !ok || w.To.Before(s.first.To)
}

// tail says how the windows end after the segment.
func (s *segment) tail(before tail) tail {
	if s.to.IsZero() {
		return tail{}
	}
	_, more := s.calendar.Next(before1(s.to))
	if s.none {
		// Nothing fired meanwhile: the end is that of the windows before, if there were any.
		return tail{end: before.end, goesOn: before.goesOn && more}
	}
	return tail{end: s.last, goesOn: more}
}

// before1 returns the last whole second before the time: fires lie on whole seconds.
func before1(t time.Time) time.Time {
	whole := t.Truncate(time.Second)
	if whole.Equal(t) {
		return whole.Add(-time.Second)
	}
	return whole
}

// cut takes away, at a reset whose start lies in the past, the windows that the new ones
// replace.
func (t *Timeline) cut() {
	limit := forever
	for i := len(t.segments) - 1; i >= 0; i-- {
		s := &t.segments[i]
		if s.calendar != nil && !s.none {
			s.shorten(limit)
		}
		if s.opens && !s.none && s.first.From.Before(limit) {
			limit = s.first.From
		}
	}
}

// shorten ends the segment with the last boundary at or before the limit.
func (s *segment) shorten(limit time.Time) {
	if limit.Equal(forever) || !s.last.IsZero() && !s.last.After(limit) {
		return
	}
	if s.first.To.After(limit) {
		s.none = true
		return
	}
	s.last = s.first.To
	for b := range s.calendar.Boundaries(limit.Add(-longest), limit.Add(time.Second)) {
		if b.After(s.last) {
			s.last = b
		}
	}
}

// longest is more than the period of any grid.
const longest = 15 * 24 * time.Hour
