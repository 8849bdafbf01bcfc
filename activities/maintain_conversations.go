package activities

import (
	"context"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/store"
)

// Forgetter removes conversations; it is a journal.Journal.
type Forgetter interface {
	// Forget removes what the account's conversations left that were over before a time, epoch
	// milliseconds, object by object. Who reads an older window is told so from then on.
	Forget(ctx context.Context, account string, before int64, remove func(store.Info) error) error
}

// sweepConversations removes the conversations that are past their term.
func (a *Reconcile) sweepConversations(ctx context.Context, s account.Snapshot, out *contract.Maintained, pulse *pulse) error {
	before, err := a.conversationsUntil(ctx, s)
	if err != nil || before.IsZero() {
		return err
	}
	return a.Kept.Journal.Forget(ctx, s.ID, before.UnixMilli(), func(info store.Info) error {
		return a.remove(ctx, info.Key, info.Size, out, pulse)
	})
}

// conversationsUntil is the moment before which conversations go: the end of their term, or the
// beginning of the first window that has yet to be delivered, or is worked on. Zero: none goes.
func (a *Reconcile) conversationsUntil(ctx context.Context, s account.Snapshot) (time.Time, error) {
	before := a.ago(a.Kept.Conversations)
	if before.IsZero() {
		return before, nil
	}
	working, err := a.Runs.Working(ctx, s.ID)
	if err != nil {
		return before, err
	}
	for _, id := range sortedIDs(s.Tasks) {
		if before, err = a.neededFrom(ctx, s, id, before, working); err != nil || before.IsZero() {
			return time.Time{}, err
		}
	}
	return before, nil
}

// neededFrom is the beginning of the first window of the task that begins before a moment, is read
// from our conversations and is wanted; the moment if there is none, zero if it cannot be said.
func (a *Reconcile) neededFrom(ctx context.Context, s account.Snapshot, taskID string, before time.Time, working []contract.OpenRun) (time.Time, error) {
	entries, windows, err := coverage.Load(ctx, a.Ledger, s.ID, taskID)
	if err != nil {
		return before, err
	}
	since := map[int]time.Time{} // of entries that read our conversations: how far back their reports reach
	reach := coverage.ReachAt(a.Now())
	for _, e := range entries {
		if s.Sources[e.Spec.Source].Kind != account.SourceConnector {
			continue
		}
		r, err := reach(e.Spec)
		if err != nil {
			return before, err
		}
		since[e.Seq] = r.Since
	}
	if len(since) == 0 {
		return before, nil
	}
	open, worked := map[string]bool{}, map[int64]bool{}
	for _, r := range working {
		if r.Task != taskID {
			continue
		}
		if r.WindowEnd.IsZero() {
			return time.Time{}, nil
		}
		open[r.ID()], worked[r.WindowEnd.UnixMilli()] = true, true
	}
	lines, err := coverage.Read(ctx, a.Book, coverage.Query{
		Account: s.ID, Task: taskID, To: before, Now: a.Now(), Timeline: windows, Open: open, Reach: reach,
	})
	for _, l := range lines {
		oldest, own := since[l.Seq]
		if own && !l.From.Before(oldest) && (wanted(l.Status) || worked[l.To.UnixMilli()]) && l.From.Before(before) {
			return l.From, err
		}
	}
	return before, err
}

// wanted reports whether a window of the status may still be read.
func wanted(s coverage.Status) bool {
	switch s {
	case coverage.Delivered, coverage.Empty, coverage.Lost, coverage.Skipped, coverage.Dropped:
		return false
	}
	return true
}
