package task

import "time"

// ExpectsRows tells whether the window must have rows by the task's expectation, in the
// task's zone. A window counts as one of weekdays if at least half of it lies on Monday to
// Friday: that of Sunday 06:00 to Monday 06:00 does not.
func (s Spec) ExpectsRows(w Window, zone *time.Location) bool {
	switch s.Expectation {
	case NeverEmpty:
		return true
	case NeverEmptyOnWeekdays:
		return 2*onWeekdays(w, zone) >= w.Duration()
	}
	return false
}

// onWeekdays is how much of the window lies on Monday to Friday.
func onWeekdays(w Window, zone *time.Location) (sum time.Duration) {
	for from := w.From.In(zone); from.Before(w.To); {
		to := time.Date(from.Year(), from.Month(), from.Day()+1, 0, 0, 0, 0, zone)
		if !to.After(from) { // midnight is skipped or there twice on this day
			to = from.Add(time.Hour)
		}
		if to.After(w.To) {
			to = w.To
		}
		if day := from.Weekday(); day != time.Saturday && day != time.Sunday {
			sum += to.Sub(from)
		}
		from = to.In(zone)
	}
	return sum
}
