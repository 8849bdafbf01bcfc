package task

import "time"

// Partition returns the time levels of the partition that a window is delivered to, below
// FEED/version=…/format=…: "dt=2026-11-19", "dt=2026-11-19/hr=05" or
// "dt=2026-11-19/hr=05/mi=15". Two windows of a task never share one.
//
// Windows of days and weeks go by the date in the task's zone on which they begin, all
// others by the minute in UTC at which they begin: as many levels as the length of the
// window asks for, and more where it does not begin on a whole day or hour. So do windows
// off the task's grid, such as the short one after an edit.
func (c *Calendar) Partition(w Window) string {
	regular, ok := c.WindowOf(w.To)
	regularWindow := ok && regular.From.Equal(w.From)
	if regularWindow && c.byDate {
		return "dt=" + c.date(w)
	}
	from, length := w.From.UTC(), w.Duration()
	out := "dt=" + from.Format(time.DateOnly)
	minutes := !regularWindow || length < time.Hour || from.Minute() != 0
	if minutes || length < 24*time.Hour || from.Hour() != 0 {
		out += from.Format("/hr=15")
	}
	if minutes {
		out += from.Format("/mi=04")
	}
	return out
}
