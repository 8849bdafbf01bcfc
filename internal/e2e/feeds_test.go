package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/sandbox/feeds"
)

// TestFeeds is what holds of all feeds, in one stack: a day arrives, keys are taken in and may fail, what we
// publish is a feed.
func TestFeeds(t *testing.T) {
	t.Parallel()
	f := startFeeds(t, "--feeds-days", "2", "--feeds-table", "convos_metrics", "--feeds-table", "rep_hierarchy")
	t.Run("day", func(t *testing.T) { testFeedDay(t, f) })
	t.Run("import", func(t *testing.T) { testFeedImport(t, f) })
	t.Run("keys", func(t *testing.T) { testFeedKeys(t, f) })
	t.Run("clock", func(t *testing.T) { testFeedClock(t, f) })
	t.Run("publish", func(t *testing.T) { testFeedPublished(t, f) })
}

// A day of an hourly table, and one that is exported whole, arrive: the latest row of every key, as the
// platform knows it.
func testFeedDay(t *testing.T, f *feedStack) {
	t.Parallel()
	f = f.with(t, f.feedSource(""))
	day := httpapi.WindowView{From: f.yesterday(), To: f.yesterday().Add(feeds.Day)}
	for table, delivery := range map[string]string{"convos_metrics": "changes", "rep_hierarchy": "snapshot"} {
		x := f.feedTask(t, table, delivery)
		x.delivers(t, day)
		require.NotEmpty(t, x.has(t))
		x.isTrue(t, day)
	}
}
