//go:build soak

package e2e

import (
	"testing"

	"transporter/internal/sandbox/feeds"
)

// playedFeeds are all.
func playedFeeds() []string { return feeds.ScenarioNames() }

// TestFeedsOfAllTablesOutliveTheirWorker is TestFeedsSurviveKills with every table; its figures are in
// docs/reliability.md.
func TestFeedsOfAllTablesOutliveTheirWorker(t *testing.T) {
	h := harvest{kills: 6, windows: 1}
	for _, table := range feeds.Tables() {
		h.tables = append(h.tables, table.Name)
	}
	feedsSurviveKills(t, h)
}
