// Package ledger is the append-only record of what a task was to do, and from when: the
// truth that schedules only fire by. Entries lie sealed in the store under
// ledger/{account}/{task}/{number}.
package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/store/record"
	"transporter/internal/task"
)

// appendTries bounds the race for the next number; each loss means that somebody else
// got it, and one task is written by few.
const appendTries = 16

// State is whether a task runs.
type State string

// The states.
const (
	Enabled  State = "enabled"
	Disabled State = "disabled"
	Deleted  State = "deleted"
)

// Entry says what holds from a moment on. Seq counts from 1 without gaps.
type Entry struct {
	Seq           int       `json:"seq"`
	EffectiveFrom time.Time `json:"effectiveFrom"`
	Generation    int       `json:"generation"`
	Spec          task.Spec `json:"spec"`
	State         State     `json:"state"`
	Note          string    `json:"note,omitempty"` // who and why

	// Backlog says what an edit makes of windows that were due before it and are not
	// delivered: BacklogKeep (also when empty) or BacklogDrop.
	Backlog string `json:"backlog,omitempty"`
	// CatchUp says what an entry that enables the task makes of the windows that fell due
	// while it was disabled: CatchUpAll, CatchUpLatest or CatchUpNone (also when empty).
	CatchUp string `json:"catchUp,omitempty"`
	// Reset begins the task anew, as if it had just been created: its boundaries are
	// anchored here and a start in the past counts again.
	Reset bool `json:"reset,omitempty"`
}

// What an edit makes of the windows before it (Entry.Backlog).
const (
	BacklogKeep = "keep"
	BacklogDrop = "drop"
)

// What enabling makes of the windows of the pause (Entry.CatchUp).
const (
	CatchUpAll    = "all"
	CatchUpLatest = "latest"
	CatchUpNone   = "none"
)

// Ledger reads and writes the ledgers of all tasks. It is safe for concurrent use by any
// number of processes.
type Ledger struct {
	store   store.Store
	records *record.Records
}

// New returns the ledgers in the store, sealed by the box.
func New(st store.Store, box *seal.Box) *Ledger {
	return &Ledger{store: st, records: record.New(st, box)}
}

// Append writes e after the last entry and returns it with its number. An entry equal to
// the last is not written again, so a repeated call is harmless.
func (l *Ledger) Append(ctx context.Context, account, taskID string, e Entry) (Entry, error) {
	for range appendTries {
		last, err := l.last(ctx, account, taskID)
		if err != nil {
			return Entry{}, err
		}
		if last.Seq > 0 && same(last, e) {
			return last, nil
		}
		e.Seq = last.Seq + 1
		won, err := l.records.PutIfAbsent(ctx, key(account, taskID, e.Seq), e)
		if won || err != nil {
			return e, err
		}
	}
	return Entry{}, fault.New(fault.Conflict, "append to the ledger of task %s: others write all the time", taskID)
}

// Entries returns the entries of the task in order of their numbers. A number that is
// missing is fault.Corrupt.
func (l *Ledger) Entries(ctx context.Context, account, taskID string) ([]Entry, error) {
	var entries []Entry
	for info, err := range l.store.List(ctx, prefix(account, taskID)) {
		if err != nil {
			return nil, err
		}
		e, err := l.entry(ctx, info.Key)
		if err != nil {
			return nil, err
		}
		if e.Seq != len(entries)+1 {
			return nil, fault.New(fault.Corrupt, "ledger of task %s: entry %d is missing", taskID, len(entries)+1).
				WithFix("restore the store from its backup")
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// InForce returns the entry that holds at the time: of those in effect by then the one
// written last. It reports false before the first.
func InForce(entries []Entry, at time.Time) (Entry, bool) {
	var found Entry
	for _, e := range entries {
		if e.Seq > found.Seq && !e.EffectiveFrom.After(at) {
			found = e
		}
	}
	return found, found.Seq > 0
}

// last returns the entry with the highest number, a zero one if there is none.
func (l *Ledger) last(ctx context.Context, account, taskID string) (Entry, error) {
	newest := ""
	for info, err := range l.store.List(ctx, prefix(account, taskID)) {
		if err != nil {
			return Entry{}, err
		}
		newest = info.Key
	}
	if newest == "" {
		return Entry{}, nil
	}
	return l.entry(ctx, newest)
}

func (l *Ledger) entry(ctx context.Context, key string) (Entry, error) {
	var e Entry
	found, err := l.records.Get(ctx, key, &e)
	if err == nil && !found {
		err = fault.New(fault.Corrupt, "ledger entry %s was removed: entries are never removed", key)
	}
	return e, err
}

// same compares what entries say, as it is written, but for their numbers.
func same(a, b Entry) bool {
	written := func(e Entry) string {
		e.Seq, e.EffectiveFrom = 0, e.EffectiveFrom.UTC()
		text, err := json.Marshal(e)
		if err != nil {
			return err.Error() // the write that follows reports it
		}
		return string(text)
	}
	return written(a) == written(b)
}

func key(account, taskID string, seq int) string {
	return fmt.Sprintf("%s%08d", prefix(account, taskID), seq)
}

func prefix(account, taskID string) string { return "ledger/" + account + "/" + taskID + "/" }
