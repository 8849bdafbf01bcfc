//go:build soak

package e2e

import (
	"slices"
	"testing"

	"transporter/internal/sandbox/feeds"
)

// playedFeeds are all.
func playedFeeds() []string { return feeds.ScenarioNames() }

// TestFeedsOfAllTablesOutliveTheirWorker is TestFeedsSurviveKills with every table, twelve at a time; its figures
// are in docs/reliability.md.
func TestFeedsOfAllTablesOutliveTheirWorker(t *testing.T) {
	seed, names := feedSeed(t), []string{}
	for _, table := range feeds.Tables() {
		names = append(names, table.Name)
	}
	for part := range slices.Chunk(names, 12) {
		t.Run(part[0], func(t *testing.T) {
			feedsSurviveKills(t, harvest{seed: seed, tables: part, windows: 2, kills: [4]int{2, 2, 2, 2}})
		})
	}
}
