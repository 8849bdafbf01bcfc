//go:build soak

package schedule_test

// zonesToAsk is every zone of the database with rules of its own: about 13,000 schedules.
func zonesToAsk() []string { return distinctZones() }
