package least

import "iter"

// Fewer says how n sources become so many that all may be open, at most most: it yields which
// neighbours are to be merged into one, as the place of the first and how many, each time with those
// merged before in their place. Of no merge are there more than most, and only as many as must be,
// so that few rows are written again, and those once for every most times as many sources.
func Fewer(n, most int) iter.Seq2[int, int] {
	return func(yield func(at, some int) bool) {
		for at := 0; n > most; at++ {
			if at >= n-1 {
				at = 0 // once more, over what was merged
			}
			some := min(most, n-most+1, n-at)
			if !yield(at, some) {
				return
			}
			n -= some - 1
		}
	}
}
