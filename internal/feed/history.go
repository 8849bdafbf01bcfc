package feed

import (
	"time"
)

// history is what is seen of a feed, in the order of stamps.
type history struct {
	seen    []Seen
	cadence Cadence
}

// reach reports whether a leaf at or after the time is seen.
func (h *history) reach(t time.Time) bool {
	return len(h.seen) > 0 && !h.seen[len(h.seen)-1].Time().Before(t)
}

// shape returns the shape of the leaves of the day of t.
func (h *history) shape(t time.Time) Shape {
	date, shape, known := t.UTC().Format(time.DateOnly), h.cadence.Shape(), false
	for i := 0; i < len(h.seen) && h.seen[i].Date <= date; {
		finest, rows := ByDay, false
		of := h.seen[i].Date
		for ; i < len(h.seen) && h.seen[i].Date == of; i++ {
			finest, rows = max(finest, h.seen[i].Shape()), rows || h.seen[i].Files > 0
		}
		// A lone flag on dt says nothing of leaves below it: a day grows coarser by rows only.
		if !known || finest >= shape || rows {
			shape, known = finest, true
		}
	}
	return shape
}

// stamps returns which leaves of a shape are expected in a window within one day.
func (h *history) stamps(w Window, shape Shape) []Stamp {
	step, first := day, w.From.Truncate(day)
	switch shape {
	case ByHour:
		step = time.Hour
	case ByMinute:
		if step, first = h.grid(w.From); step == 0 {
			return nil
		}
	}
	var stamps []Stamp
	for t := first; t.Before(w.To); t = t.Add(step) {
		if s := StampOf(t, shape); w.holds(s) {
			stamps = append(stamps, s)
		}
	}
	return stamps
}

// grid returns the distance of neighbouring minutely leaves on the day of t and the last day seen
// before, and the day's first place for one; zero if they do not lie at equal distances, or too few
// are seen. The most common distance counts: 15 minutes are usual, and not
// promised.
func (h *history) grid(t time.Time) (step time.Duration, first time.Time) {
	leaves := h.minutely(t)
	counts := map[time.Duration]int{}
	for i := 1; i < len(leaves); i++ {
		gap := leaves[i].Sub(leaves[i-1])
		counts[gap]++
		if n := counts[gap]; n > counts[step] || n == counts[step] && gap < step {
			step = gap
		}
	}
	if counts[step] < regular {
		return 0, time.Time{}
	}
	for _, leaf := range leaves {
		if leaf.Sub(leaves[0])%step != 0 {
			return 0, time.Time{}
		}
	}
	midnight := t.Truncate(day)
	phase := leaves[0].Sub(midnight) % step // negative for a leaf of the day before
	return step, midnight.Add((phase + step) % step)
}

// regular is how often a distance must be seen to be taken for a rule.
const regular = 2

// minutely returns the times of the minutely leaves of the day of t and of the last day before that
// has any.
func (h *history) minutely(t time.Time) []time.Time {
	date, before := t.UTC().Format(time.DateOnly), ""
	for _, s := range h.seen {
		if s.Shape() == ByMinute && s.Date < date {
			before = s.Date
		}
	}
	var times []time.Time
	for _, s := range h.seen {
		if s.Shape() == ByMinute && (s.Date == date || s.Date == before) {
			times = append(times, s.Time())
		}
	}
	return times
}
