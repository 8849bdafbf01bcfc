package task

import (
	"fmt"
	"time"
)

// Window is the half-open period [From, To) whose records a run delivers. Both ends are
// whole seconds in UTC.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Span returns the window in epoch milliseconds UTC, the unit of sources and keys.
func (w Window) Span() (from, to int64) { return w.From.UnixMilli(), w.To.UnixMilli() }

// Duration returns the elapsed length of the window: a daily one has 23, 24 or 25 hours.
func (w Window) Duration() time.Duration { return w.To.Sub(w.From) }

// Contains reports whether an instant lies in the window.
func (w Window) Contains(t time.Time) bool { return !t.Before(w.From) && t.Before(w.To) }

// Text returns the window as people of the zone read it:
// "2026-11-19 00:00 to 2026-11-20 00:00 Europe/Madrid". Offsets are added when the two
// ends have different ones, seconds when there are any.
func (w Window) Text(zone *time.Location) string {
	from, to := w.From.In(zone), w.To.In(zone)
	layout := "2006-01-02 15:04"
	if from.Second() != 0 || to.Second() != 0 {
		layout += ":05"
	}
	if _, a := from.Zone(); !sameOffset(a, to) {
		layout += " -07:00"
	}
	return fmt.Sprintf("%s to %s %s", from.Format(layout), to.Format(layout), zone)
}

func sameOffset(offset int, t time.Time) bool {
	_, o := t.Zone()
	return o == offset
}
