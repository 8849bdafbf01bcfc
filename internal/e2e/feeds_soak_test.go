//go:build soak

package e2e

import "transporter/internal/sandbox/feeds"

// playedFeeds are all.
func playedFeeds() []string { return feeds.ScenarioNames() }
