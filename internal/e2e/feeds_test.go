package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/sandbox/feeds"
)

// A day of an hourly table, and one that is exported whole, arrive: the latest row of every key, as the
// platform knows it.
func TestFeedsAreDelivered(t *testing.T) {
	t.Parallel()
	f := startFeeds(t, "--feeds-days", "2", "--feeds-table", "convos_metrics", "--feeds-table", "rep_hierarchy")
	f = f.with(t, f.feedSource(""))
	day := httpapi.WindowView{From: f.yesterday(), To: f.yesterday().Add(feeds.Day)}
	for table, delivery := range map[string]string{"convos_metrics": "changes", "rep_hierarchy": "snapshot"} {
		x := f.feedTask(t, table, delivery)
		x.delivers(t, day)
		require.NotEmpty(t, x.has(t))
		x.isTrue(t, day)
	}
}
