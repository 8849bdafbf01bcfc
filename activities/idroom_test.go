package activities_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/semaphore"

	"transporter/internal/account"
	"transporter/internal/source"
)

// manyIDs is a platform that answers a list of any size in one piece.
type manyIDs struct {
	*bench
	ids   int
	noted func(error) // what adding them ended with
}

// Source implements activities.Adapters.
func (p manyIDs) Source(context.Context, string, account.Source) (source.Source, error) {
	return p, nil
}

// Fetch implements source.Source.
func (p manyIDs) Fetch(ctx context.Context, q source.Query, sink source.Sink) error {
	if q.Resource != "users" {
		return p.bench.Fetch(ctx, q, sink)
	}
	w, err := p.users(ctx, sink)
	if err != nil {
		return err
	}
	defer w.Abort()
	for i := 0; i < p.ids && err == nil; i++ {
		err = w.Add(ctx, source.Record{ID: fmt.Sprint(i), Raw: []byte(`{}`)})
	}
	if p.noted(err); err != nil {
		return fmt.Errorf("read users: %w", err)
	}
	n := int64(p.ids)
	return errors.Join(err, w.Commit(ctx, source.Counts{Total: n, Fetched: n, Kept: n}))
}

// A fetch of more IDs than usual takes room for them as they come; where it is not free, it ends and waits with
// nothing in hand, and begins again with it.
func TestIDsOfALargeSliceAreWeighed(t *testing.T) {
	const fetchWeight, beyond, all = 96 << 20, 48 << 20, 96<<20 + 64<<20
	const ids = 160_000 // of 256 bytes, of which 16 MiB are in the step's own weight
	b := newBench(t)
	b.run.Memory, b.run.Room = semaphore.NewWeighted(all), all
	require.NoError(t, b.run.Memory.Acquire(t.Context(), 40<<20)) // another step
	var ends []error
	b.run.Adapters = manyIDs{b, ids, func(err error) {
		if ends = append(ends, err); len(ends) == 1 {
			require.False(t, b.run.Memory.TryAcquire(24<<20-16<<20+1), "what was free is held")
			b.run.Memory.Release(40 << 20)
			return
		}
		require.False(t, b.run.Memory.TryAcquire(all-fetchWeight-beyond+1), "all of it is held")
	}}
	plan, err := b.plan("w1", 1)
	require.NoError(t, err)
	out, err := b.fetch(plan.Plan)
	require.NoError(t, err)
	require.EqualValues(t, ids, out.Kept)
	require.Len(t, ends, 2)
	require.ErrorContains(t, ends[0], "bytes of memory are free")
	require.NoError(t, ends[1])
	require.True(t, b.run.Memory.TryAcquire(all), "all is given back")
}
