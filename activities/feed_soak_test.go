//go:build soak

package activities_test

import "transporter/internal/sandbox/feeds"

// truthTables are all.
func truthTables() (names []string) {
	for _, t := range feeds.Tables() {
		names = append(names, t.Name)
	}
	return names
}
