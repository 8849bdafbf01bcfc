//go:build !soak

package schedule_test

// zonesToAsk are those whose fires the server is asked for in the fast tests.
func zonesToAsk() []string { return hardZones }
