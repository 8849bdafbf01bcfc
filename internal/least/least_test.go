package least_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/least"
)

func TestHeapReadsSortedSourcesAsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []int
		var sources []*[]int
		for range rapid.IntRange(0, 9).Draw(t, "sources") {
			values := rapid.SliceOfN(rapid.IntRange(0, 50), 1, 20).Draw(t, "values")
			slices.Sort(values)
			all = append(all, values...)
			sources = append(sources, &values)
		}
		h := least.Of(func(a, b *[]int) bool { return (*a)[0] < (*b)[0] }, sources...)
		var got []int
		for h.Len() > 0 {
			top := h.Top()
			got = append(got, (*top)[0])
			if *top = (*top)[1:]; len(*top) > 0 {
				h.Fix()
			} else {
				h.Drop()
			}
		}
		slices.Sort(all)
		require.Equal(t, all, got)
	})
}

// TestFewerMergesNoMoreThanItMust merges sources of size one by what Fewer says.
func TestFewerMergesNoMoreThanItMust(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(2, 70).Draw(t, "most")
		sources := slices.Repeat([]int{1}, rapid.IntRange(0, 6_000).Draw(t, "sources"))
		n, written := len(sources), 0
		for at, some := range least.Fewer(n, most) {
			require.True(t, some >= 2 && some <= most && at >= 0 && at+some <= len(sources), "%d of %d at %d", some, len(sources), at)
			sum := 0
			for _, size := range sources[at : at+some] {
				sum += size
			}
			sources = slices.Replace(sources, at, at+some, sum)
			written += sum
		}
		require.LessOrEqual(t, len(sources), most)
		require.True(t, n <= most || len(sources) == most, "%d of %d are left, %d may be open", len(sources), n, most)
		levels := 0
		for open := most; open < n; open *= most {
			levels++
		}
		require.LessOrEqual(t, written, (levels+1)*n, "each row is written again once a level")
	})
}
