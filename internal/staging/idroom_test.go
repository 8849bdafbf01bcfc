package staging_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/source"
	"transporter/internal/staging"
)

// addIDs adds so many records of one slice, each with an ID of its own.
func addIDs(w source.SliceWriter, n int) error {
	for i := range n {
		if err := w.Add(context.Background(), source.Record{ID: fmt.Sprintf("7c1f52a0-6b1e-4c1d-9d53-%012d", i), Raw: []byte("{}")}); err != nil {
			return err
		}
	}
	return nil
}

// What is held of IDs is asked for before it is held, of all slices that are open together.
func TestIDsOfOpenSlicesAreWeighed(t *testing.T) {
	const each = 10_000
	ctx, most, full := t.Context(), int64(0), errors.New("no room")
	var limit int64 = 1 << 40
	stage, _ := newStage(t)
	pages := stage.Pages("p", nil).Within(func(bytes int64) error {
		if most = bytes; bytes > limit {
			return full
		}
		return nil
	})
	begin := func(key string) source.SliceWriter {
		w, err := pages.Begin(ctx, source.Slice{Key: key})
		require.NoError(t, err)
		return w
	}
	a, b := begin("a"), begin("b")
	require.NoError(t, addIDs(a, each))
	require.GreaterOrEqual(t, most, int64(each*staging.IDBytes))
	require.NoError(t, addIDs(a, each))
	require.Less(t, most, int64(2*each*staging.IDBytes), "an ID that comes again is held once")
	require.NoError(t, addIDs(b, each))
	require.GreaterOrEqual(t, most, int64(2*each*staging.IDBytes), "of both")

	require.NoError(t, a.Commit(ctx, source.Counts{}))
	a.Abort()
	b.Abort()
	c := begin("c")
	defer c.Abort()
	require.NoError(t, addIDs(c, 1))
	require.Less(t, most, int64(each*staging.IDBytes), "what has ended holds nothing")
	limit = most
	require.ErrorIs(t, addIDs(c, each), full)
}

// An ID is weighed as no less than what it takes here, with as much again for the source's reader.
func TestIDsHoldNoMoreThanTheyAreWeighedAs(t *testing.T) {
	const n = 50_000
	stage, _ := newStage(t)
	w, err := stage.Pages("p", nil).SmallRuns().Begin(t.Context(), source.Slice{Key: "a"})
	require.NoError(t, err)
	defer w.Abort()
	before := heap()
	require.NoError(t, addIDs(w, n))
	held := (heap() - before) / n
	runtime.KeepAlive(w)
	t.Logf("%d bytes an ID", held)
	require.LessOrEqual(t, 2*held, int64(staging.IDBytes))
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
