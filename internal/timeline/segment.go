package timeline

import (
	"iter"
	"slices"
	"time"

	"transporter/internal/ledger"
	"transporter/internal/task"
)

// segment is a span of fires [from, to) in which one entry is in force.
type segment struct {
	entry    ledger.Entry
	from, to time.Time // to zero: for good
	created  time.Time // when the epoch began: the anchor of boundaries
	opens    bool      // first of its epoch
	calendar *task.Calendar
	first    task.Window // the first window, From as the windows before leave it
	last     time.Time   // end of the last window; zero for a segment without an end
	none     bool        // there is no window
	frozen   []Window    // replace computed windows that end up to through
	through  time.Time
}

// forever is after the last boundary that a calendar knows.
var forever = time.Date(2101, time.January, 1, 0, 0, 0, 0, time.UTC)

// inForce cuts time where another entry comes into force.
func inForce(entries []ledger.Entry) []segment {
	var times []time.Time
	for _, e := range entries {
		times = append(times, e.EffectiveFrom)
	}
	slices.SortFunc(times, time.Time.Compare)
	var all []segment
	for _, at := range times {
		e, _ := ledger.InForce(entries, at)
		if n := len(all); n > 0 {
			if all[n-1].entry.Seq == e.Seq {
				continue
			}
			all[n-1].to = at
		}
		all = append(all, segment{entry: e, from: at})
	}
	return all
}

// windows returns the segment's windows that end after the time, in order.
func (s *segment) windows(after time.Time) iter.Seq[Window] {
	return func(yield func(Window) bool) {
		if s.none {
			return
		}
		for _, w := range s.frozen {
			if w.To.After(after) && !yield(w) {
				return
			}
		}
		if after.Before(s.through) {
			after = s.through
		}
		if begin := s.first.To.Add(-time.Second); after.Before(begin) {
			after = begin
		}
		for b := range s.calendar.Boundaries(after.Truncate(time.Second).Add(time.Second), forever) {
			if !s.last.IsZero() && b.After(s.last) || !yield(s.window(b)) {
				return
			}
		}
	}
}

// at returns the segment's last window whose fire is not after the nominal time.
func (s *segment) at(nominal time.Time) (Window, bool) {
	if s.none {
		return Window{}, false
	}
	for _, w := range slices.Backward(s.frozen) {
		if !w.Fire.After(nominal) && !s.calendarAfter(nominal) {
			return w, true
		}
	}
	w, ok := s.calendar.WindowAt(nominal)
	if !ok || w.To.Before(s.first.To) {
		return Window{}, false
	}
	if !s.last.IsZero() && w.To.After(s.last) {
		w.To = s.last
	}
	return s.window(w.To), true
}

// calendarAfter reports that a computed window beyond the frozen ones is due.
func (s *segment) calendarAfter(nominal time.Time) bool {
	w, ok := s.calendar.WindowAt(nominal)
	return ok && w.To.After(s.through)
}

// window returns the window that ends at the boundary.
func (s *segment) window(b time.Time) Window {
	w, _ := s.calendar.WindowOf(b)
	if b.Equal(s.first.To) {
		w = s.first
	}
	return Window{Window: w, Fire: s.calendar.Fire(b), Seq: s.entry.Seq, Generation: s.entry.Generation}
}
