package activities

import (
	"context"
	"slices"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/incident"
	"transporter/internal/task"
)

// withdrawn finds partitions of delivered windows that are there no more though objects are that were written before
// them: a bucket that is cleared by age has the older ones gone first, so the platform may have withdrawn them, or
// exported their rows under another time. What was delivered of them stays; nobody else would tell people.
type withdrawn struct {
	*Revise

	account, task string
	spec          task.Spec
	there         exported
	told          map[string]string // by window: the partitions that people know of
	stamps        []feed.Stamp      // of which anything is there; nil: not asked yet
}

func (a *Revise) withdrawn(ctx context.Context, accountID, id string, spec task.Spec, there exported) (*withdrawn, error) {
	open, err := a.Told.All(ctx, accountID)
	w := &withdrawn{Revise: a, account: accountID, task: id, spec: spec, there: there, told: map[string]string{}}
	for _, i := range open {
		if i.Kind == incident.FeedWithdrawn && i.Task == id {
			w.told[i.Key] = i.Detail
		}
	}
	return w, err
}

// look tells of the delivery, once, as long as a partition of it is gone so; leaves are what is there of its window.
func (w *withdrawn) look(ctx context.Context, d contract.Delivery, leaves []feed.Leaf) error {
	prints, err := w.Feeds.Gone(ctx, d, leaves)
	if err != nil {
		return err
	}
	gone, err := w.withdrawn(ctx, prints)
	if err != nil {
		return err
	}
	key := incident.WindowKey(d.Generation, d.Span)
	told := w.told[key]
	switch {
	case len(gone) > 0 && told == "":
		_, err = w.Told.Open(ctx, incident.Incident{
			Account: w.account, Task: w.task, Kind: incident.FeedWithdrawn, Key: key, Opened: w.Now().UTC(),
			Title:  w.spec.Description + ": a partition that was delivered is there no more, though older ones are",
			Detail: clip(strings.Join(gone, "; ")),
			Fix: "ask the platform whether it has withdrawn it, or exported its rows under another time: what was delivered of it stays; " +
				"to be rid of it, begin the table anew (starter task reset) and backfill it",
		})
	case told != "" && !slices.ContainsFunc(prints, func(p feedbook.Print) bool { return strings.Contains(told, p.String()) }):
		_, err = w.Told.Close(ctx, w.account, w.task, incident.FeedWithdrawn, key, w.Now(), "it is there again")
	}
	return err
}

// withdrawn names those of the partitions that are gone though older ones are there.
func (w *withdrawn) withdrawn(ctx context.Context, prints []feedbook.Print) (named []string, err error) {
	for _, p := range prints {
		row, err := w.Feeds.Kept(ctx, w.there.table, p)
		if err != nil {
			return nil, err
		}
		if row == nil || !w.there.before(row.Success) {
			continue
		}
		there, err := w.anything(ctx, p.Stamp)
		if err != nil {
			return nil, err
		}
		if !there {
			named = append(named, p.String())
		}
	}
	return named, nil
}

// anything reports whether something is there of a partition that is not whole, such as one that is exported anew.
func (w *withdrawn) anything(ctx context.Context, at feed.Stamp) (bool, error) {
	if w.stamps == nil {
		stamps, err := w.there.source.Exported(ctx, w.there.query)
		if err != nil {
			return false, err
		}
		w.stamps = append([]feed.Stamp{}, stamps...)
	}
	return slices.Contains(w.stamps, at), nil
}

// before reports whether a partition is there that was written whole before the time.
func (e *exported) before(at time.Time) bool {
	return slices.ContainsFunc(e.leaves, func(l feed.Leaf) bool { return l.Success != nil && l.Success.Modified.Before(at) })
}
