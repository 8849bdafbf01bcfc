// Package coverage tells what became of the windows of a task: those that its ledger says
// should exist, merged with what was delivered and what ran.
package coverage

import (
	"context"
	"iter"
	"time"

	"transporter/internal/contract"
	"transporter/internal/receipt"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

// Status is what became of a window.
type Status string

// The statuses.
const (
	Delivered Status = "delivered"
	Empty     Status = "empty"   // delivered, and the source had no row
	Running   Status = "running" // a run is open
	Failed    Status = "failed"  // its last run is red: a person must look
	Missing   Status = "missing" // due, and nothing ran
	NotDue    Status = "not_due" // its run is still to come
	Lost      Status = "lost"    // the source no longer has it
	Paused    Status = "paused"  // fell due while the task was disabled, which it still is
	Skipped   Status = "skipped" // of a pause that was not to be caught up
	Dropped   Status = "dropped" // of the backlog that an edit or a reset gave up
)

// Line is one window and what became of it.
type Line struct {
	timeline.Window

	Status   Status
	Revision int       // of the newest delivery
	Rows     int64     // of it
	At       time.Time // of its receipt
	Run      string    // workflow ID of the last run, if there was one
	Attempt  int       // of it
	Looked   int       // last attempt of the next revision that found nothing changed; zero: none
}

// Reach is how far back the source of a report answers.
type Reach struct {
	Since    time.Time // oldest moment that it still knows; zero: without limit
	Snapshot bool      // only the state as it is: a window is lost when the next one is due
}

// Book reads what was done; it is a receipt.Book.
type Book interface {
	Dones(ctx context.Context, account, task string, from, to time.Time) iter.Seq2[receipt.Done, error]
	Lines(ctx context.Context, account, task string) iter.Seq2[receipt.RunLine, error]
}

// Query says which windows of which task: those that overlap [From, To).
type Query struct {
	Account, Task string
	From, To, Now time.Time
	Timeline      *timeline.Timeline
	Open          map[string]bool // workflow IDs of the task's open runs
	Reach         func(task.Spec) (Reach, error)
}

// Read returns a line for every window of the query, in order.
func Read(ctx context.Context, book Book, q Query) ([]Line, error) {
	for w := range q.Timeline.Windows(q.From, q.To) {
		if w.From.After(q.From) { // nothing was done before the first: no month of it is read
			q.From = w.From
		}
		break
	}
	m, err := merge(ctx, book, q)
	if err != nil {
		return nil, err
	}
	var lines []Line
	for w := range q.Timeline.Windows(q.From, q.To) {
		if n := len(lines); n > 0 {
			m.nextFire(&lines[n-1], w.Fire)
		}
		l, err := m.line(w)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// name identifies the runs of a window.
type name struct {
	generation int
	fire       int64
}

func nameOf(n contract.RunName) name { return name{n.Generation, n.Fire.Unix()} }
