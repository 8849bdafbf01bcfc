package feedbook_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
)

// hourly delivers so many hours of a feed, one after the other, as windows of their own.
func (s *swept) hourly(t testing.TB, hours int) {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for n := range hours {
		leaf := leafOf(0, 0)
		leaf.Stamp = feed.StampOf(begin.Add(time.Duration(n)*time.Hour), feed.ByHour)
		row, err := s.Stage(t.Context(), table, leaf, reading("a=1"))
		require.NoError(t, err)
		before, err := s.State(t.Context(), delivery(n), n)
		require.NoError(t, err)
		if before == nil {
			before = &feedbook.State{}
		}
		s.next(t, before, delivery(n), *row)
	}
}

// next commits the state after another with the leaves, as a delivery does.
func (s *swept) next(t testing.TB, before *feedbook.State, d contract.Delivery, leaves ...feedbook.Leaf) feedbook.State {
	state := before.With(leaves)
	state.Delivery = d
	require.NoError(t, s.Compact(t.Context(), &state))
	require.NoError(t, s.Commit(t.Context(), state))
	return state
}

// sizes are those of records below a prefix, in the order of their keys.
func (s *swept) sizes(t testing.TB, prefix string) (all []int64) {
	for info, err := range s.store.List(t.Context(), prefix) {
		require.NoError(t, err)
		all = append(all, info.Size)
	}
	return all
}

func sum(all []int64) (n int64) {
	for _, size := range all {
		n += size
	}
	return n
}

// What a state takes does not depend on how many leaves were merged before it.
func TestAStateDoesNotGrowWithWhatWasMerged(t *testing.T) {
	feedbook.CompactAt(60, 24)
	s := newSwept(t, t.TempDir(), newRing(t))
	const merges = 4 * 36
	s.hourly(t, 100+merges)
	states := s.sizes(t, "tables/acme/")
	require.Len(t, states, 100+merges)
	require.Less(t, states[99+merges], states[99]*11/10, "as many leaves are apart, and %d more are merged", merges)
	require.Less(t, sum(s.sizes(t, "tables-merged/acme/")), sum(states)/2)
}

// BenchmarkStatesOfAYear says how much the states of a year of hourly windows take.
func BenchmarkStatesOfAYear(b *testing.B) {
	feedbook.CompactAt(60, 24)
	for b.Loop() {
		s := newSwept(b, b.TempDir(), newRing(b))
		s.hourly(b, 365*24)
		states, merged := s.sizes(b, "tables/acme/"), s.sizes(b, "tables-merged/acme/")
		b.ReportMetric(float64(sum(states))/1e6, "MB-states")
		b.ReportMetric(float64(sum(merged))/1e6, "MB-merged")
		b.ReportMetric(float64(states[len(states)-1])/1e3, "kB-last")
	}
}

// States that an earlier version wrote, with the leaves in them, are gone on from; that version does not take
// one of this for a table of nothing.
func TestStatesOfAnEarlierVersion(t *testing.T) {
	feedbook.CompactAt(6, 2)
	s, ctx := newSwept(t, t.TempDir(), newRing(t)), t.Context()
	var old feedbook.State
	var first feedbook.Leaf
	for hour := range 7 {
		leaf, err := s.Stage(ctx, table, leafOf(hour, 0), reading(fmt.Sprintf("a=%d", hour), fmt.Sprintf("%c=1", 'b'+rune(hour))))
		require.NoError(t, err)
		if hour == 0 {
			first = *leaf
		}
		old = old.With([]feedbook.Leaf{*leaf})
		old.Delivery = delivery(hour)
		require.NoError(t, s.Compact(ctx, &old))
		key := fmt.Sprintf("tables/acme/t1/g1/%08d", old.Number)
		require.NoError(t, s.Write(ctx, key, old))
	}
	require.NotEmpty(t, old.Base.Members)
	place, err := s.Place(ctx, delivery(7))
	require.NoError(t, err)
	require.Equal(t, old, place.Base)
	require.True(t, place.Base.Has([]feedbook.Leaf{first}), "it is merged")
	require.Zero(t, s.sweep(t, 0))

	anew, err := s.Stage(ctx, table, leafOf(0, 1), reading("a=9"))
	require.NoError(t, err)
	next := s.next(t, &place.Base, delivery(7), *anew)
	read, err := s.State(ctx, delivery(7), next.Number)
	require.NoError(t, err)
	require.ElementsMatch(t, next.Prints(), read.Prints())
	require.Equal(t, next.Sets(false), read.Sets(false))
	require.True(t, read.Has([]feedbook.Leaf{*anew}))
	require.False(t, read.Has([]feedbook.Leaf{first}), "it was exported anew")
	s.readable(t, read)
	var earlier feedbook.State
	require.Error(t, s.Read(ctx, fmt.Sprintf("tables/acme/t1/g1/%08d", next.Number), &earlier))
}

// A commit that died in between is done again, and a record that has gone is not taken for nothing.
func TestWhatWasMergedIsThere(t *testing.T) {
	feedbook.CompactAt(4, 1)
	s, ctx := newSwept(t, t.TempDir(), newRing(t)), t.Context()
	s.hourly(t, 6)
	leaf, err := s.Stage(ctx, table, leafOf(9, 0), reading("a=1"))
	require.NoError(t, err)
	place, err := s.Place(ctx, delivery(6))
	require.NoError(t, err)
	state := s.next(t, &place.Base, delivery(6), *leaf)
	require.NoError(t, s.store.Delete(ctx, fmt.Sprintf("tables/acme/t1/g1/%08d", state.Number)))
	require.NoError(t, s.Commit(ctx, state), "only the state was not written")
	place, err = s.Place(ctx, delivery(7))
	require.NoError(t, err)
	require.Equal(t, state.Prints(), place.Base.Prints())
	for info, err := range s.store.List(ctx, "tables-merged/acme/t1/g1/2026-01/") {
		require.NoError(t, err)
		require.NoError(t, s.store.Delete(ctx, info.Key))
	}
	_, err = s.Place(ctx, delivery(7))
	require.True(t, fault.Is(err, fault.Corrupt), "%v", err)
}
