//go:build !soak && race

package task

// The race detector makes pure arithmetic ten times slower and finds nothing in it: the
// same years, fewer pairs.
const (
	tilingDays   = 3 * 365
	tilingStride = 60
	futureYear   = 2029
)
