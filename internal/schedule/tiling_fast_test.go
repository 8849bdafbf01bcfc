//go:build !soak && !race

package schedule_test

// The fast cut: one in so many pairs of time and delay in each zone, and the first windows of
// every interval.
const (
	tilingShare     = 160
	tilingIntervals = 100
)
