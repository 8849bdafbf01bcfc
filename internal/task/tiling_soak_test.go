//go:build soak

package task

// The whole: a decade, every time of day with every delay, every change the database knows.
const (
	tilingDays   = 10 * 365
	tilingStride = 1
	futureYear   = 2100
)
