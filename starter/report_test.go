package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/report"
)

func TestReportsAreListedByCategory(t *testing.T) {
	all := func() []httpapi.ReportView {
		return []httpapi.ReportView{{ID: "asapp.reps", Category: "feed"}, {ID: "cfg.users", Category: "account_config"}, {ID: "msg.messages", Category: "feed"}}
	}
	ids := func(category string) (ids []string) {
		list, err := ofCategory(all(), category)
		require.NoError(t, err)
		for _, r := range list {
			ids = append(ids, r.ID)
		}
		return ids
	}
	require.Equal(t, []string{"cfg.users", "asapp.reps", "msg.messages"}, ids(""))
	require.Equal(t, []string{"asapp.reps", "msg.messages"}, ids("feed"))
	_, err := ofCategory(all(), "feeds")
	require.ErrorContains(t, err, "use one of account_config, feed")
}

// Every report has a page and its JSON, without a server, and the index leads to all of them.
func TestPagesOfAllReports(t *testing.T) {
	t.Chdir(t.TempDir())
	r := alone(t, "", "report", "pages", "reports")
	require.Equal(t, exitOK, r.code, r.err)
	index := file(t, "reports/README.md")
	for _, d := range report.Catalog() {
		require.Contains(t, index, "| ["+d.ID+"]("+d.ID+".md) ([JSON]("+d.ID+".json)) | "+d.Version+" | ")
		page := alone(t, "", "report", "page", d.ID)
		require.Equal(t, page.out, file(t, "reports/"+d.ID+".md"))
		asJSON := alone(t, "", "report", "page", d.ID+"@"+d.Version, "-o", "json")
		require.Equal(t, asJSON.out, file(t, "reports/"+d.ID+".json"))
		var doc report.Document
		require.NoError(t, json.Unmarshal([]byte(asJSON.out), &doc))
		require.Equal(t, d.ID, doc.ID)
		require.Len(t, doc.Columns, len(d.Columns))
		for _, c := range doc.Columns {
			require.NotEmpty(t, c.Source)
			require.Contains(t, page.out, "| `"+c.Name+"` | "+string(c.Type)+" | "+c.Rule.String()+" | ")
		}
	}
	r = alone(t, "", "report", "pages", "reports")
	require.Equal(t, exitFailed, r.code)
	require.Contains(t, r.err, "reports: file exists")
}
