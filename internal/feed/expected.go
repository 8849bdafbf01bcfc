package feed

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Seen is a leaf with how far it is.
type Seen struct {
	Stamp

	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"` // why it is not complete
	Files  int    `json:"files"`            // that hold its rows
	Print  string `json:"print,omitempty"`  // of its objects if it is not complete
}

// See judges a leaf; now as in State.
func (l *Leaf) See(rules Rules, now time.Time) Seen {
	state, reason := l.State(rules, now)
	seen := Seen{Stamp: l.Stamp, State: state, Reason: reason, Files: len(l.Files)}
	if state != Complete && state != Absent {
		seen.Print = l.Print()
	}
	return seen
}

// Window is the time, half-open, whose leaves are asked for: those whose Stamp.Time it holds.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func (w Window) holds(s Stamp) bool {
	t := s.Time()
	return !t.Before(w.From) && t.Before(w.To)
}

// Expectation is what there is of a window, and what is not.
type Expectation struct {
	Leaves   []Seen `json:"leaves"`            // in order; Absent: expected and not seen
	Complete bool   `json:"complete"`          // nothing is waited for
	Waits    []Wait `json:"-"`                 // for what
	Waiting  string `json:"waiting,omitempty"` // the same in words
}

func (s Seen) text() string { return fmt.Sprintf("%s is %s: %s", s.Stamp, s.State, s.Reason) }

const day = 24 * time.Hour

// future is how far a leaf's stamp may lie ahead of the reader's clock: whatever zone a platform
// writes its dates in, more than a day is a wrong clock or test data, and no leaf.
const future = day

// Expected returns which leaves a window is made of. Seen are those of one place, in any order: in
// the window, on some days before it, and after it; now is the reader's clock.
//
// The shape of a day's leaves is the finest that is seen on it, otherwise that of the newest day
// before, otherwise the cadence's; it may change from day to day. Every day or hour of the window is
// waited for. How many leaves a minutely feed has nobody knows: its window is complete when those
// that are seen are, a later one is seen, and none is missing between regular neighbours; or, with
// at least one leaf, when it is late: Silent then says what it is without.
func Expected(w Window, seen []Seen, cadence Cadence, now time.Time) Expectation {
	var e Expectation
	h := history{cadence: cadence, seen: withoutFuture(seen, now)}
	for d := w.From.Truncate(day); d.Before(w.To); d = d.Add(day) {
		part := Window{latest(d, w.From), earliest(d.Add(day), w.To)}
		leaves, waitsFor := h.expect(part, now)
		e.Leaves, e.Waits = append(e.Leaves, leaves...), append(e.Waits, waitsFor...)
	}
	e.Complete = len(e.Waits) == 0
	e.Waiting = sentence(textsOf(e.Waits))
	return e
}

func withoutFuture(seen []Seen, now time.Time) []Seen {
	known := slices.DeleteFunc(slices.Clone(seen), func(s Seen) bool { return s.Time().Sub(now) > future })
	slices.SortFunc(known, func(a, b Seen) int { return a.Compare(b.Stamp) })
	return known
}

// expect returns the leaves of a window within one day, and what is waited for.
func (h *history) expect(w Window, now time.Time) (leaves []Seen, waits []Wait) {
	shape := h.shape(w.From)
	for _, s := range h.seen {
		if w.holds(s.Stamp) {
			leaves = append(leaves, s)
		}
	}
	seen := len(leaves)
	want := h.stamps(w, shape)
	for _, s := range want {
		if !slices.ContainsFunc(leaves, func(l Seen) bool { return l.Stamp == s }) {
			leaves = append(leaves, Seen{Stamp: s, State: Absent, Reason: "nothing is there"})
		}
	}
	slices.SortFunc(leaves, func(a, b Seen) int { return a.Compare(b.Stamp) })
	overdue := shape == ByMinute && seen > 0 && now.Sub(w.To) >= Minutes.Limits().Late
	for _, l := range leaves {
		if l.State != Complete && (l.State != Absent || !overdue) {
			waits = append(waits, Wait{l.name(), l.text(), l.State, h.part(l.Stamp, w)})
		}
	}
	switch {
	case shape == ByMinute && !overdue && !h.reach(w.To):
		next := StampOf(w.To, ByMinute)
		waits = append(waits, Wait{Name: fmt.Sprintf("!%s and later %s", next, Absent), Text: fmt.Sprintf("no leaf at or after %s is there yet", next)})
	case shape != ByMinute && len(leaves) == 0 && !h.reach(StampOf(w.From, shape).Time()):
		covering := Seen{Stamp: StampOf(w.From, shape), State: Absent}
		waits = append(waits, Wait{Name: covering.name(), part: h.part(covering.Stamp, w), Text: fmt.Sprintf("nothing of %s is there yet, so that its shape is not known", covering.Stamp)})
	}
	return leaves, waits
}

// shown is how many things that are waited for are told: the others are counted.
const shown = 3

func sentence(texts []string) string {
	if more := len(texts) - shown; more > 0 {
		return fmt.Sprintf("%s; and %d more", strings.Join(texts[:shown], "; "), more)
	}
	return strings.Join(texts, "; ")
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
