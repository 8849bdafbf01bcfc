package activities

import (
	"context"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/fault"
	"transporter/internal/incident"
	"transporter/internal/ledger"
	"transporter/internal/store"
)

// Kept says how long what is kept stays after it was written; zero for good.
type Kept struct {
	Store     store.Store
	Stage     *Stage
	Artefacts time.Duration // rendered and encrypted files: what re-delivery starts from
	Cloud     time.Duration // files of the cloud store
	Rows      time.Duration // row indexes, and live numbers: what the next revision is compared with, and made of
	Pages     time.Duration // source pages of windows that are red: a later resume asks the source again

	Conversations time.Duration // conversations that are over, and webhooks that nobody could read
	Journal       Forgetter     // of conversations
}

// MaintainAccount does the daily work of one account: it freezes the boundaries that are
// past, and removes what is older than its retention. Idempotent.
func (a *Reconcile) MaintainAccount(ctx context.Context, in contract.ReconcileIn) (contract.Maintained, error) {
	pulse, running, stop := startPulse(ctx)
	defer stop()
	out, err := a.maintain(running, in.Account, pulse)
	return out, toTemporal(interrupted(running, err))
}

func (a *Reconcile) maintain(ctx context.Context, id string, pulse *pulse) (out contract.Maintained, err error) {
	snapshot, err := a.Accounts.Snapshot(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	for _, taskID := range sortedIDs(snapshot.Tasks) {
		n, err := a.freeze(ctx, id, taskID)
		if err != nil {
			return out, err
		}
		out.Frozen += n
		pulse.move(func(c *contract.Cursor) { c.Files++ })
	}
	if err := a.closeOver(ctx, snapshot); err != nil {
		return out, err
	}
	if err := a.watchKeys(ctx, snapshot); err != nil {
		return out, err
	}
	if err := a.expireAll(ctx, id, &out, pulse); err != nil {
		return out, err
	}
	if err := a.sweepConversations(ctx, snapshot, &out, pulse); err != nil {
		return out, err
	}
	return out, a.sweepFeeds(ctx, snapshot, &out, pulse)
}

// unlooked is how incidents end that nobody looks at any more after a while.
var unlooked = map[string]string{
	incident.FeedSilent:    "the platform has not exported it, and it is not looked for any more",
	incident.FeedWithdrawn: "it is not there again, and not looked for any more",
}

// closeOver ends the incidents of tasks that the account no longer has, and those of exports that are not
// looked for any more.
func (a *Reconcile) closeOver(ctx context.Context, snapshot account.Snapshot) error {
	open, err := a.Incidents.All(ctx, snapshot.ID)
	if err != nil {
		return err
	}
	for _, i := range open {
		how := ""
		if _, ok := snapshot.Tasks[i.Task]; !ok && i.Task != "" {
			how = "the task was deleted"
		} else if a.Now().Sub(i.Opened) >= dailyDays*aDay {
			how = unlooked[i.Kind]
		}
		if how == "" {
			continue
		}
		if _, err := a.Incidents.Close(ctx, i.Account, i.Task, i.Kind, i.Key, a.Now(), how); err != nil {
			return err
		}
	}
	return nil
}

// freeze writes down the windows that have fallen due since the last time, so that another
// tz database does not rewrite them.
func (a *Reconcile) freeze(ctx context.Context, accountID, taskID string) (n int, err error) {
	_, windows, err := coverage.Load(ctx, a.Ledger, accountID, taskID)
	if err != nil {
		return 0, err
	}
	for {
		frozen, err := a.Ledger.Frozen(ctx, accountID, taskID)
		if err != nil {
			return n, err
		}
		type key struct {
			seq int
			to  int64
		}
		seen := map[key]bool{}
		for _, f := range frozen {
			for _, w := range f.Windows {
				seen[key{w.Seq, w.To.Unix()}] = true
			}
		}
		var next ledger.Frozen
		for w := range windows.Due(time.Time{}, a.Now()) {
			if !seen[key{w.Seq, w.To.Unix()}] && len(next.Windows) < ledger.MaxFrozen {
				next.Windows = append(next.Windows, ledger.FrozenWindow{From: w.From, To: w.To, Fire: w.Fire, Seq: w.Seq})
			}
		}
		if len(next.Windows) == 0 {
			return n, nil
		}
		won, err := a.Ledger.Freeze(ctx, accountID, taskID, len(frozen)+1, next)
		if err != nil {
			return n, err
		}
		if won {
			n += len(next.Windows)
		}
	}
}
