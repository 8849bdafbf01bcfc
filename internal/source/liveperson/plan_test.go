package liveperson

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/source"
)

// Busy slices are cut before they are paged; quiet ones are not; the pieces tile.
func TestPlanHalvesBusySlices(t *testing.T) {
	from, to := noon-100*day, noon-50*day
	list := append(row("busy", 900, from+day, minute), row("quiet", 50, from+2*day, day/2)...)
	s, m := newShelf(t, list), newMemory()
	c := client(t, s.Server, newFakeTime(), func(c *Config) { c.Limits.SliceMatches = 100 })
	require.NoError(t, c.Fetch(t.Context(), query(basisStart, from, to), m))
	requireIDs(t, idsOf(list), m)
	require.True(t, slices.IsSortedFunc(m.slices, func(a, b source.Slice) int { return int(a.From - b.From) }))
	at := from
	for _, sl := range m.slices {
		require.Equal(t, at, sl.From)
		at = sl.To
		got := len(m.commits[sl.Key].records)
		require.LessOrEqual(t, got, 100)
		for _, r := range m.commits[sl.Key].records {
			require.True(t, r.Order >= sl.From && r.Order < sl.To)
		}
	}
	require.Equal(t, to, at)
	require.Less(t, len(m.slices), 40)
	require.Equal(t, int64(len(list)), m.counts().Kept)
}

// Ten minutes that are too busy are paged deep.
func TestPlanKeepsTenMinutes(t *testing.T) {
	from := noon - 2*hour
	list := row("c", 550, from+minute, 100)
	s, m := newShelf(t, list), newMemory()
	c := client(t, s.Server, newFakeTime(), func(c *Config) { c.Limits.SliceMatches = 100 })
	require.NoError(t, c.Fetch(t.Context(), query(basisStart, from, from+hour), m))
	requireIDs(t, idsOf(list), m)
	require.Contains(t, m.slices, source.Slice{Key: "20261120T100000.000Z-20261120T101000.000Z", From: from, To: from + 10*minute})
}

func TestCutTiles(t *testing.T) {
	for _, length := range []int64{1, minute, 10 * minute, day, 88 * day, 89 * day, 400 * day} {
		for _, offset := range []int64{0, 1, 3 * minute} {
			i := interval{noon + offset, noon + offset + length}
			at := i.from
			for _, p := range cut(i, maxSpan) {
				require.Equal(t, at, p.from)
				require.LessOrEqual(t, p.to-p.from, maxSpan.Milliseconds())
				at = p.to
			}
			require.Equal(t, i.to, at, fmt.Sprint(length, offset))
		}
	}
}
