package timeline

import (
	"time"

	"transporter/internal/task"
)

// Before returns the last expected window that ends when w begins or earlier; ok is false
// when there is none, and for a w that is no window of the task.
func (t *Timeline) Before(w task.Window) (before Window, ok bool) {
	if !t.has(w) {
		return Window{}, false
	}
	// Most often it is the neighbour; behind a long pause the search goes further back.
	for reach := longest; ; reach *= reachGrowth {
		from := w.From.Add(-reach)
		for b := range t.Windows(from, w.From) {
			if b.State == Expected && !b.To.After(w.From) {
				before, ok = b, true
			}
		}
		if ok || !t.beginsBefore(from) {
			return before, ok
		}
	}
}

// reachGrowth keeps the searches of Before few.
const reachGrowth = 8

func (t *Timeline) has(w task.Window) bool {
	for b := range t.Windows(w.From, w.To) {
		if b.From.Equal(w.From) && b.To.Equal(w.To) {
			return true
		}
	}
	return false
}

// beginsBefore reports that a window begins before the time.
func (t *Timeline) beginsBefore(at time.Time) bool {
	for w := range t.Windows(time.Time{}, at) {
		return w.From.Before(at)
	}
	return false
}
