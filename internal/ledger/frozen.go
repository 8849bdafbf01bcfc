package ledger

import (
	"context"
	"fmt"
	"time"

	"transporter/internal/fault"
)

// MaxFrozen bounds the windows of one record: a year of quarter hours takes four.
const MaxFrozen = 10_000

// Frozen is windows as they were computed when they fell due, so that a later tz database
// does not rewrite the past. Windows are in ascending order of To.
type Frozen struct {
	Windows []FrozenWindow `json:"windows"`
}

// FrozenWindow is one window of an entry.
type FrozenWindow struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Fire time.Time `json:"fire"`
	Seq  int       `json:"seq"` // the entry that it follows
}

// Freeze adds a record of windows, number counting from 1. It is written once: won is false
// when that number was written before, by whomever.
func (l *Ledger) Freeze(ctx context.Context, account, taskID string, number int, f Frozen) (won bool, err error) {
	if len(f.Windows) > MaxFrozen {
		return false, fault.New(fault.LimitReached, "freeze windows of task %s: %d at once, at most %d", taskID, len(f.Windows), MaxFrozen)
	}
	return l.records.PutIfAbsent(ctx, fmt.Sprintf("%s%08d", frozenPrefix(account, taskID), number), f)
}

// Frozen returns the records of frozen windows in order of their numbers.
func (l *Ledger) Frozen(ctx context.Context, account, taskID string) ([]Frozen, error) {
	var all []Frozen
	for info, err := range l.store.List(ctx, frozenPrefix(account, taskID)) {
		if err != nil {
			return nil, err
		}
		var f Frozen
		found, err := l.records.Get(ctx, info.Key, &f)
		if err == nil && !found {
			err = fault.New(fault.Corrupt, "frozen windows %s were removed: they are never removed", info.Key)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

func frozenPrefix(account, taskID string) string {
	return "ledger-frozen/" + account + "/" + taskID + "/"
}
