package feed

import (
	"slices"
	"time"
)

// usual is the longest that a workforce feed takes from one export to the next ("WFM feeds":
// docs.asapp.com/reporting/retrieve-s3).
const usual = 30 * time.Minute

// Windows are parts of a window, in order.
type Windows []Window

// With returns these parts and the others in order, each once.
func (all Windows) With(others Windows) (parts Windows) {
	for _, p := range slices.SortedFunc(slices.Values(slices.Concat(all, others)), func(a, b Window) int { return a.From.Compare(b.From) }) {
		if last := len(parts) - 1; last >= 0 && !p.From.After(parts[last].To) {
			parts[last].To = latest(parts[last].To, p.To)
		} else {
			parts = append(parts, p)
		}
	}
	return parts
}

// String names the first of them, and counts the others.
func (all Windows) String() string {
	const minute = "2006-01-02T15:04Z07:00"
	texts := make([]string, len(all))
	for i, w := range all {
		texts[i] = w.From.UTC().Format(minute) + " to " + w.To.UTC().Format(minute)
	}
	return sentence(texts)
}

// Silent returns the parts of a complete window of which a feed by the minute should have leaves and has
// none, in order: the places of regular neighbours that are empty; where leaves lie at no regular distances,
// what lies more than half an hour after one of which the next is late. What happened there is not
// known: it need not be nothing. Seen and now are as for Expected; feeds by the hour and by the day have no
// such parts, as their windows are not complete without them.
func Silent(w Window, seen []Seen, cadence Cadence, now time.Time) (parts Windows) {
	h := history{cadence: cadence, seen: withoutFuture(seen, now)}
	for d := w.From.Truncate(day); d.Before(w.To); d = d.Add(day) {
		part := Window{latest(d, w.From), earliest(d.Add(day), w.To)}
		if h.shape(part.From) != ByMinute {
			continue
		}
		parts = parts.With(h.silent(part))
	}
	return parts
}

// part is what a leaf stands for, within the window: of one by the minute as far as the next may lie.
func (h *history) part(s Stamp, w Window) Window {
	long := map[Shape]time.Duration{ByDay: day, ByHour: time.Hour}[s.Shape()]
	if s.Shape() == ByMinute {
		if long, _ = h.grid(w.From); long == 0 {
			long = usual
		}
	}
	return Window{latest(s.Time(), w.From), earliest(s.Time().Add(long), w.To)}
}

// silent returns the parts of a window within one day.
func (h *history) silent(w Window) (parts Windows) {
	step, _ := h.grid(w.From)
	if step == 0 {
		return h.pauses(w)
	}
	for _, s := range h.stamps(w, ByMinute) {
		if !slices.ContainsFunc(h.seen, func(l Seen) bool { return l.Stamp == s && l.State != Absent }) {
			parts = append(parts, Window{s.Time(), earliest(s.Time().Add(step), w.To)})
		}
	}
	return parts
}

// pauses are the parts of a window that follow a leaf after which the next came late, or has not come: then
// it is late, or the window would not be complete.
func (h *history) pauses(w Window) (parts Windows) {
	last := w.From
	silent := func(until time.Time) {
		if p := (Window{latest(last.Add(usual), w.From), earliest(until, w.To)}); p.From.Before(p.To) {
			parts = append(parts, p)
		}
	}
	for _, s := range h.seen {
		at := s.Time()
		if s.Shape() != ByMinute {
			continue
		}
		if at.Sub(last) >= Minutes.Limits().Late {
			silent(at)
		}
		last = at
	}
	silent(w.To)
	return parts
}
