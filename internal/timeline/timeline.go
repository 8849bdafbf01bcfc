// Package timeline tells which windows a task has, from its ledger: the arithmetic that
// runs, previews, backfills and coverage share. It is pure and knows no clock.
//
// A ledger is a chain of entries, each in force from a moment on. A window belongs to the
// entry in force when its run fires. Across an edit windows go on tiling: those of the new
// grid begin where the last one of the old grid ended, and boundaries in between that the
// old grid had not reached yet are windows too, due at once. Nothing is moved where the
// operator said where windows begin: at a start in the future, for a once task, after the
// end of the task.
package timeline

import (
	"fmt"
	"iter"
	"time"

	"transporter/internal/ledger"
	"transporter/internal/task"
)

// State says what the ledger makes of a window.
type State string

// The states.
const (
	Expected State = "expected" // to be delivered
	Paused   State = "paused"   // fell due while the task was disabled, which it still is
	Skipped  State = "skipped"  // of a pause that was not to be caught up
	Dropped  State = "dropped"  // of the backlog that an edit or a reset gave up
)

// Window is one window of a task. Fire is when its run is due, Seq the ledger entry that
// it follows. Windows of a timeline come in ascending order of To.
type Window struct {
	task.Window

	Fire       time.Time `json:"fire"`
	Seq        int       `json:"seq"`
	Generation int       `json:"generation"`
	State      State     `json:"state"`
}

// Describe returns the delay of a task that names none: its report's.
type Describe func(task.Spec) (delay time.Duration, err error)

// Timeline is the windows of one task. It is safe for concurrent use.
type Timeline struct {
	segments []segment
}

// New returns the timeline of a ledger. Frozen boundaries replace computed ones, so that
// another tz database does not change the past.
func New(entries []ledger.Entry, frozen []ledger.Frozen, describe Describe) (*Timeline, error) {
	t := &Timeline{}
	var before tail
	for _, s := range inForce(entries) {
		var err error
		if before, err = t.chain(s, before, describe); err != nil {
			return nil, fmt.Errorf("ledger entry %d: %w", s.entry.Seq, err)
		}
	}
	t.cut()
	t.freeze(frozen)
	return t, nil
}

// Windows returns the windows that overlap [from, to), also those not due yet.
func (t *Timeline) Windows(from, to time.Time) iter.Seq[Window] {
	return func(yield func(Window) bool) {
		for i := range t.segments {
			for w := range t.segments[i].windows(from) {
				if !w.From.Before(to) {
					break
				}
				if !yield(t.stated(i, w)) {
					return
				}
			}
		}
	}
}

// Due returns the windows that end after from and whose runs are due by now.
func (t *Timeline) Due(from, now time.Time) iter.Seq[Window] {
	return func(yield func(Window) bool) {
		for i := range t.segments {
			for w := range t.segments[i].windows(from) {
				if w.Fire.After(now) {
					break
				}
				if !yield(t.stated(i, w)) {
					return
				}
			}
		}
	}
}

// At returns the window of a run with the nominal time, the last whose fire is not after
// it, and the entry that it follows; ok is false before the first.
func (t *Timeline) At(nominal time.Time) (w Window, e ledger.Entry, ok bool) {
	for i := len(t.segments) - 1; i >= 0; i-- {
		s := &t.segments[i]
		if s.from.After(nominal) && i > 0 { // what it fires late was due before it
			continue
		}
		if w, ok := s.at(nominal); ok {
			return t.stated(i, w), s.entry, true
		}
	}
	return Window{}, ledger.Entry{}, false
}

// Find returns the window of a generation whose run fires at the time.
func (t *Timeline) Find(generation int, fire time.Time) (Window, bool) {
	for i := len(t.segments) - 1; i >= 0; i-- {
		s := &t.segments[i]
		if s.entry.Generation != generation {
			continue
		}
		if w, ok := s.at(fire); ok && w.Fire.Equal(fire) {
			return t.stated(i, w), true
		}
	}
	return Window{}, false
}

// Entry returns the entry that a window follows; a zero one for an unknown number.
func (t *Timeline) Entry(seq int) ledger.Entry {
	for i := range t.segments {
		if t.segments[i].entry.Seq == seq {
			return t.segments[i].entry
		}
	}
	return ledger.Entry{}
}

// Calendar returns the calendar of an entry, anchored where its epoch began; nil for an
// unknown number.
func (t *Timeline) Calendar(seq int) *task.Calendar {
	for i := range t.segments {
		if t.segments[i].entry.Seq == seq {
			return t.segments[i].calendar
		}
	}
	return nil
}

// Last returns the entry that is in force for good and its calendar; nil for a task that is
// deleted or never was.
func (t *Timeline) Last() (ledger.Entry, *task.Calendar) {
	if n := len(t.segments); n > 0 && t.segments[n-1].to.IsZero() {
		return t.segments[n-1].entry, t.segments[n-1].calendar
	}
	return ledger.Entry{}, nil
}

// Created returns when the epoch in force began: the creation of the task or its last reset,
// by which its calendar is anchored.
func (t *Timeline) Created() time.Time {
	if n := len(t.segments); n > 0 {
		return t.segments[n-1].created
	}
	return time.Time{}
}
