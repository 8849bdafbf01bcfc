package httpapi_test

import (
	"context"
	"encoding/json"
	"path"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/httpapi"
	"transporter/internal/source"
)

// How far a feed is shows without a look into the bucket: its newest leaf, the first hole, how late
// it is, and what was read.
func testFeeds(t *testing.T, s *stack, f furnished) {
	bucket := s.make(t, f.at+"/sources", feedSourceWith(bucketFeeds, bucketKeys))
	id := s.make(t, f.at+"/tasks", f.taskBody(t, map[string]any{"source": bucket, "report": "asapp.convos_metrics"}))
	defer func() {
		require.Equal(t, 204, s.call(t, "DELETE", f.at+"/tasks/"+id, "").status)
		require.Equal(t, 204, s.call(t, "DELETE", f.at+"/sources/"+bucket, "").status)
	}()
	list := func(path string, v any) {
		a := s.call(t, "GET", f.at+path, "")
		require.Equal(t, 200, a.status, "%s", a.body)
		require.NoError(t, json.Unmarshal(a.body, v))
	}
	var feeds httpapi.List[httpapi.Feed]
	list("/feeds", &feeds)
	require.Len(t, feeds.Items, 1)
	require.Equal(t, "missing", feeds.Items[0].Lateness)
	require.Equal(t, []string{id}, feeds.Items[0].Tasks)

	yesterday := time.Now().UTC().AddDate(0, 0, -1).Truncate(24 * time.Hour)
	table := feedbook.Table{Account: path.Base(f.at), Source: bucket, Report: "asapp.convos_metrics", Dedupe: "reference", Version: "1"}
	for _, hour := range []int{3, 4, 6} {
		leaf := feed.Leaf{Stamp: feed.Stamp{Date: yesterday.Format(time.DateOnly), Hour: hour, Minute: feed.None}, Files: []feed.File{{}}, Ignored: []string{"notes.txt: its name is none"}}
		_, err := s.leaves.Stage(t.Context(), table, &leaf, func(add func(context.Context, source.Record) error) (source.LeafCounts, error) {
			for _, id := range []string{`["1"]`, `["2"]`, `["1"]`, "!line 4"} {
				if err := add(t.Context(), source.Record{ID: id, Raw: []byte(`{}`)}); err != nil {
					return source.LeafCounts{}, err
				}
			}
			return source.LeafCounts{Lines: 4, Bad: 1, Bytes: 100}, nil
		})
		require.NoError(t, err)
	}
	list("/feeds", &feeds)
	got := feeds.Items[0]
	date := "dt=" + yesterday.Format(time.DateOnly)
	require.Equal(t, []any{date + "/hr=06", date + "/hr=05", 3}, []any{got.Newest, got.Hole, got.Leaves})
	require.Equal(t, httpapi.LeafRows{Lines: 12, Kept: 6, Repeated: 3, Bad: 3}, got.LeafRows)

	var leaves httpapi.List[httpapi.FeedLeaf]
	list("/feeds/convos_metrics/leaves?source="+bucket, &leaves)
	require.Len(t, leaves.Items, 3)
	require.Equal(t, date+"/hr=03", leaves.Items[0].Leaf)
	require.Equal(t, 1, leaves.Items[0].Generation)
	require.Equal(t, []string{"notes.txt: its name is none"}, leaves.Items[0].Notes)
	list("/feeds/convos_metrics/leaves?source="+bucket+"&from=2020-01-01&to=2020-01-02", &leaves)
	require.Empty(t, leaves.Items)
	require.Equal(t, 404, s.call(t, "GET", f.at+"/feeds/nothing/leaves?source="+bucket, "").status)
	require.Equal(t, 404, s.call(t, "GET", f.at+"/feeds/convos_metrics/leaves?source=nobody", "").status)
}
