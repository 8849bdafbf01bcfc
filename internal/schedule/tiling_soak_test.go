//go:build soak

package schedule_test

// The whole: every pair of time and delay in every zone, and every window of every interval.
const (
	tilingShare     = 1
	tilingIntervals = 1 << 20
)
