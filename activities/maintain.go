package activities

import (
	"context"
	"time"

	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/store"
)

// Kept says how long what is kept stays.
type Kept struct {
	Store     store.Store
	Artefacts time.Duration // rendered and encrypted files: what re-delivery starts from
	Cloud     time.Duration // files of the cloud store
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
	for prefix, age := range map[string]time.Duration{
		"artefacts/" + id + "/": a.Kept.Artefacts, "cloud/" + id + "/": a.Kept.Cloud,
	} {
		if err := a.expire(ctx, prefix, age, &out, pulse); err != nil {
			return out, err
		}
	}
	return out, nil
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

// expire removes objects that were written longer ago than their age; zero keeps them.
func (a *Reconcile) expire(ctx context.Context, prefix string, age time.Duration, out *contract.Maintained, pulse *pulse) error {
	if age <= 0 {
		return nil
	}
	before := a.Now().Add(-age)
	for info, err := range a.Kept.Store.List(ctx, prefix) {
		if err != nil {
			return err
		}
		if info.ModTime.IsZero() || info.ModTime.After(before) {
			continue
		}
		if err := a.Kept.Store.Delete(ctx, info.Key); err != nil {
			return err
		}
		out.Removed++
		out.Bytes += info.Size
		pulse.move(func(c *contract.Cursor) { c.Records++ })
	}
	return nil
}
