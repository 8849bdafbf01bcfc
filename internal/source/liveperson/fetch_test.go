package liveperson

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// A failed fetch goes on where it stopped: slices that are done cost no call.
func TestFetchResumes(t *testing.T) {
	from, to := noon-2*day, noon-day
	list := row("c", 1000, from, minute)
	s, m := newShelf(t, list), newMemory()
	limits := func(c *Config) { c.Limits = Limits{SliceMatches: 100, Concurrent: 1} }
	broken := errors.New("no space left")
	m.failOn = func(r source.Record) error {
		if r.ID == "c0700" {
			return fault.New(fault.StorageFull, "write page: %w", broken)
		}
		return nil
	}
	err := client(t, s.Server, newFakeTime(), limits).Fetch(t.Context(), query(basisStart, from, to), m)
	require.ErrorIs(t, err, broken)
	require.Equal(t, fault.StorageFull, fault.KindOf(err))
	done, before, calls := len(m.commits), s.pages, s.calls
	require.Greater(t, done, 2)

	m.failOn = nil
	planned := slices.Clone(m.slices)
	require.NoError(t, client(t, s.Server, newFakeTime(), limits).Fetch(t.Context(), query(basisStart, from, to), m))
	requireIDs(t, idsOf(list), m)
	require.Equal(t, planned, m.slices, "the cut is kept")
	require.Equal(t, s.pages-before, s.calls-calls, "nothing is counted again")
	require.Less(t, s.pages-before, 2*(len(planned)-done)+1)
}
