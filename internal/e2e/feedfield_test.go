package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/report"
	"transporter/internal/sandbox/feeds"
)

// field is what is exported of a table, of which one leaf comes late.
type field struct {
	*feeds.Table
	within, late httpapi.WindowView
}

// waits reports whether a window with the late leaf waits for it: nobody knows of a leaf by the minute that it
// will come.
func (f field) waits() bool { return f.Every >= feeds.Hour }

// place is that of the table in the order of exporting: what counts the rows of the others comes last.
func (f field) place() int {
	if f.Name == "export_row_counts" {
		return 1
	}
	return 0
}

// fieldOf is the day before of most tables, and some days of those that are made at most daily.
func (k *killing) fieldOf(t *testing.T, name string) field {
	t.Helper()
	def, err := report.Get("asapp."+name, "")
	require.NoError(t, err)
	table, to := feeds.Find(name), k.yesterday().Add(feeds.Day)
	from := to.Add(-feeds.Day)
	if time.Duration(def.Feed.Every) == feeds.Day {
		from = to.AddDate(0, 0, -k.windows)
	}
	leaves := int(to.Sub(from) / table.Every)
	f := field{Table: table, within: httpapi.WindowView{From: from, To: to}}
	if !f.waits() {
		leaves-- // the last one would be waited for
	}
	f.late.From = from.Add(time.Duration(k.random.IntN(leaves)) * table.Every)
	f.late.To = f.late.From.Add(table.Every)
	return f
}

// export exports all but the late leaves, of those that are exported once some anew.
func (k *killing) export(t *testing.T, again int) {
	t.Helper()
	for _, f := range k.fields {
		k.fill(t, f.Name, httpapi.WindowView{From: f.within.From, To: f.late.From}, again)
		k.fill(t, f.Name, httpapi.WindowView{From: f.late.To, To: f.within.To}, again)
	}
}

func (k *killing) exportLate(t *testing.T) {
	t.Helper()
	for _, f := range k.fields {
		k.fill(t, f.Name, f.late, 0)
	}
	for _, x := range k.tasks {
		if x.field.waits() {
			k.due++
		}
	}
	for run, err := range k.open(t) {
		require.NoError(t, err)
		nudged(t, k.temporal, run)
	}
}

// exportAll exports also them, and some of them anew.
func (k *killing) exportAll(t *testing.T, again int) {
	t.Helper()
	for _, f := range k.fields {
		k.fill(t, f.Name, f.within, again)
	}
}

func (k *killing) fill(t *testing.T, table string, w httpapi.WindowView, again int) {
	t.Helper()
	k.post(t, "/_admin/feeds/fill", fmt.Sprintf(`{"tables":[%q],"from":%q,"through":%q,"again":%d}`,
		table, w.From.Format(time.RFC3339), w.To.Format(time.RFC3339), again), nil)
}
