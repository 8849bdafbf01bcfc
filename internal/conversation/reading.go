package conversation

import (
	"cmp"
	"encoding/json"
	"slices"
)

// Reading is how far a dialog was read. Its events have numbers from 0; they are read in order of
// them, and those ahead of a missing number wait.
type Reading struct {
	Dialog string `json:"dialog"`
	Next   int    `json:"next"`            // the first number that was neither read nor passed over
	Known  int    `json:"known"`           // numbers below it exist: events or answers have shown it
	Passed Passed `json:"passed,omitzero"` // numbers below Next that may come yet
	Held   []Held `json:"held,omitempty"`  // in order of their numbers, all above Next
	Since  int64  `json:"since,omitempty"` // since when Next is waited for
	Asked  int    `json:"asked,omitempty"` // how often the history was asked for it
	Last   int64  `json:"last,omitempty"`  // when it was last asked
}

// Held is an event that waits for an earlier one.
type Held struct {
	Event Event `json:"event"`
	At    int64 `json:"at"`   // when it came
	Size  int   `json:"size"` // in bytes, as JSON
}

// reading returns the reading of a dialog, a new one if it has none, and nil if there are too
// many dialogs: events of those are told apart by their keys.
func (s *State) reading(dialog string) *Reading {
	i := slices.IndexFunc(s.Readings, func(r Reading) bool { return r.Dialog == dialog })
	if i < 0 {
		if len(s.Readings) >= mostDialogs {
			return nil
		}
		i = len(s.Readings)
		s.Readings = append(s.Readings, Reading{Dialog: dialog})
	}
	return &s.Readings[i]
}

// waits reports whether a number is missing.
func (r *Reading) waits() bool { return r.Known > r.Next }

// take notes that the number was read; those between it and Next are passed over.
func (r *Reading) take(number int) {
	if number < r.Next {
		r.Passed.remove(number)
		return
	}
	r.Passed.add(r.Next, number)
	r.moveTo(number + 1)
}

func (r *Reading) moveTo(next int) {
	r.Next, r.Known = next, max(r.Known, next)
	r.Asked, r.Last = 0, 0
}

// hold keeps an event until those before it are read; false: it is held already.
func (r *Reading) hold(e Event, at int64) bool {
	i, found := slices.BinarySearchFunc(r.Held, e.Sequence, func(h Held, number int) int { return cmp.Compare(h.Event.Sequence, number) })
	if found {
		return false
	}
	r.Held = slices.Insert(r.Held, i, Held{Event: e, At: at, Size: sizeOf(e)})
	r.show(e.Sequence, at)
	return true
}

// show notes that a number exists.
func (r *Reading) show(number int, at int64) {
	if !r.waits() {
		r.Since = at
	}
	r.Known = max(r.Known, number+1)
}

// since sets since when the number that is missing now is missed.
func (r *Reading) since(at int64) {
	switch {
	case !r.waits():
		r.Since = 0
	case len(r.Held) > 0:
		r.Since = r.Held[0].At
		for _, h := range r.Held {
			r.Since = min(r.Since, h.At)
		}
	case r.Since == 0:
		r.Since = at
	}
}

// sizeOf returns how many bytes a value takes as JSON; what cannot be written takes none.
func sizeOf(v any) int {
	text, _ := json.Marshal(v)
	return len(text)
}
