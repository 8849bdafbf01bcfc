package journal_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/sandbox/journal"
)

// Whatever is added, a reader who comes back often enough sees every wanted entry once, in order;
// and the bounds hold.
func TestAReaderMissesNothingThatIsStillThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most, bytes := rapid.IntRange(1, 20).Draw(t, "entries"), rapid.IntRange(1, 200).Draw(t, "bytes")
		j := journal.New[uint64](most, bytes)
		even := func(v uint64) bool { return v%2 == 0 }
		var at, added, seen uint64
		for _, size := range rapid.SliceOf(rapid.IntRange(0, 50)).Draw(t, "sizes") {
			j.Add(size, func(n uint64) uint64 { added = n; return n })
			all, last := j.Since(0, 1000, func(uint64) bool { return true })
			require.Equal(t, added, last)
			require.Equal(t, added, all[len(all)-1])
			require.LessOrEqual(t, len(all), most)
			if !rapid.Bool().Draw(t, "read") {
				continue
			}
			var list []uint64
			list, at = j.Since(at, rapid.IntRange(1, 3).Draw(t, "limit"), even)
			for _, v := range list {
				require.Zero(t, v%2)
				require.Greater(t, v, seen)
				for missed := seen + 2; missed < v; missed += 2 {
					require.Less(t, missed, all[0], "it was still there")
				}
				seen = v
			}
		}
	})
}

func TestBytesAreBounded(t *testing.T) {
	j := journal.New[int](100, 10)
	for i := range 5 {
		j.Add(4, func(uint64) int { return i })
	}
	list, last := j.Since(0, 100, func(int) bool { return true })
	require.Equal(t, []int{3, 4}, list)
	require.Equal(t, uint64(5), last)
	j.Add(1000, func(uint64) int { return 5 })
	list, _ = j.Since(0, 100, func(int) bool { return true })
	require.Equal(t, []int{5}, list, "the newest stays however big it is")
	list, last = j.Since(99, 100, func(int) bool { return true })
	require.Empty(t, list)
	require.Equal(t, uint64(6), last, "a number of the future is the present")
}
