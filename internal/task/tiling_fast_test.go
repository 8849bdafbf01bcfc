//go:build !soak && !race

package task

// The fast cut: 2026 to 2028, a sixth of the pairs of time and delay in each zone.
const (
	tilingDays   = 3 * 365
	tilingStride = 6
	futureYear   = 2029
)
