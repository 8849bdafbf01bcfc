package activities

import (
	"context"
	"path"
	"strings"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feedbook"
)

// sweepFeeds removes the rows of feeds that nothing needs any more.
func (a *Reconcile) sweepFeeds(ctx context.Context, snapshot account.Snapshot, out *contract.Maintained, pulse *pulse) error {
	fetched, err := a.fetchedLeaves(ctx, snapshot.ID)
	if err != nil {
		return err
	}
	keep := feedbook.Keep{
		Fetched: fetched, Resumable: a.Kept.Pages,
		Finished: func(ctx context.Context, d contract.Delivery) (bool, error) {
			done, err := a.Book.Receipt(ctx, d)
			return done != nil, err
		},
		Over: func(task string, generation int) bool {
			t, ok := snapshot.Tasks[task]
			return !ok || t.Generation > generation
		},
	}
	for info, err := range a.Feeds.Unneeded(ctx, snapshot.ID, keep) {
		if err != nil {
			return err
		}
		if err := a.remove(ctx, info.Key, info.Size, out, pulse); err != nil {
			return err
		}
	}
	return nil
}

// fetchedLeaves are what windows of feeds were read from whose pages are there: they are not delivered.
func (a *Reconcile) fetchedLeaves(ctx context.Context, id string) (all [][]feedbook.Leaf, err error) {
	keys, err := a.Kept.Stage.Keys(ctx, "pages/"+id+"/")
	if err != nil {
		return nil, err
	}
	const parts = 8 // pages/{contract.Delivery.Key, of five}/{question}/commit
	for _, key := range keys {
		if strings.Count(key, "/")+1 != parts || path.Base(key) != commitName {
			continue
		}
		var fetched contract.FetchOut
		var index FetchIndex
		if found, err := a.Kept.Stage.Committed(ctx, key, &fetched); err != nil {
			return nil, err
		} else if !found || fetched.Index.Key == "" {
			continue
		}
		err := a.Kept.Stage.GetJSON(ctx, fetched.Index, &index)
		if err != nil && !fault.Is(err, fault.NotFound) { // one whose window is being cleaned is delivered
			return nil, err
		}
		if len(index.Leaves) > 0 {
			all = append(all, index.Leaves)
		}
	}
	return all, nil
}
