package feeds_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/report"
	"transporter/internal/sandbox/feeds"
)

// TestReportsHaveTheColumnsThatAreExported holds the catalog's reports of feeds against the look-alike's
// tables: what is exported must have a column, and not end among the members that are none.
func TestReportsHaveTheColumnsThatAreExported(t *testing.T) {
	for prefix, tables := range map[string][]*feeds.Table{"asapp.": feeds.Tables(), "asapp.fe_": feeds.ExporterTables()} {
		for _, table := range tables {
			t.Run(prefix+table.Name, func(t *testing.T) {
				d, err := report.Get(prefix+table.Name, "")
				require.NoError(t, err)
				require.NotNil(t, d.Feed)
				require.Equal(t, table.Name, d.Feed.Table)
				require.Equal(t, table.Snapshot, d.Feed.Snapshot)
				for _, c := range table.Columns {
					require.True(t, slices.ContainsFunc(d.Columns, func(known report.Column) bool { return known.Name == c.Name }), c.Name)
				}
			})
		}
	}
}
