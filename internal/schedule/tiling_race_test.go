//go:build !soak && race

package schedule_test

// The race detector makes pure arithmetic ten times slower and finds nothing in it.
const (
	tilingShare     = 1600
	tilingIntervals = 20
)
