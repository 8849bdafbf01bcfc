package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed/doortest"
	"transporter/internal/feedschema"
	"transporter/internal/httpapi"
)

// described is what a platform says of a table whose column platform has that type.
func described(platform string) string {
	return fmt.Sprintf(`schemas: [{tables: [{name: convos_metrics, primary_key: issue_id, sync_time: 1h,
  columns: [{name: issue_id, type: bigint}, {name: platform, type: %s}]}]}]`, platform)
}

func testFeedSchema(t *testing.T, s *stack, f furnished) {
	account, at := strings.TrimPrefix(f.at, "/v1/accounts/"), f.at+"/feeds/convos_metrics/schema"
	var door doortest.Memory
	day := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	look := func(text string) {
		door.Put("export_docs/version=1/format=yaml/dt="+day.Format(time.DateOnly)+"/export_docs.yaml", text, day)
		day = day.Add(24 * time.Hour)
		_, err := s.feeds.Look(t.Context(), &door, feedschema.Ask{Account: account, Source: f.source, Now: day})
		require.NoError(t, err)
	}
	show := func() (v httpapi.FeedSchema) {
		a := s.call(t, "GET", at+"?source="+f.source, "")
		require.Equal(t, 200, a.status, "%s", a.body)
		a.into(t, &v)
		return v
	}
	require.Nil(t, show().Looked, "nobody has looked yet")
	look(described("varchar(191)"))
	v := show()
	require.Equal(t, "ok", v.State)
	require.Equal(t, "1h", v.Table.SyncTime)
	require.Empty(t, v.Changes)
	require.NoError(t, s.feeds.Saw(t.Context(), account, f.source, "convos_metrics", "1", []string{"issue_id", "mood"}))
	require.Equal(t, []string{
		"convos_metrics.mood: is in the data and not described (drift: kept in the report's column of that name, otherwise in the column extra)",
		"convos_metrics.platform: is described and not in the data (normal: the column is empty)",
	}, show().Data)
	require.Equal(t, "ok", show().State, "columns of the data hold nothing")
	look(described("varchar(3)"))
	v = show()
	require.Equal(t, "held", v.State)
	require.Equal(t, "convos_metrics.platform: type varchar(191) → varchar(3) (breaking: the feed is held until an operator releases this change)", v.Changes[0].Text)
	require.Len(t, v.Holds, 1)

	release := at + "/release?source=" + f.source
	body := func(change, reason string) string {
		return jsonOf(t, httpapi.FeedRelease{Change: change, Reason: reason})
	}
	for name, c := range map[string]struct {
		path, body string
		status     int
		says       string
	}{
		"another change":    {release, body("0123456789abcdef", "x"), 404, "no change"},
		"no reason":         {release, body(v.Holds[0].ID, ""), 422, "reason"},
		"a blank reason":    {release, body(v.Holds[0].ID, " "), 422, "say who decided"},
		"another feed":      {f.at + "/feeds/reps/schema/release?source=" + f.source, body(v.Holds[0].ID, "x"), 404, "no change"},
		"another source":    {at + "/release?source=nowhere", body(v.Holds[0].ID, "x"), 404, "no source"},
		"no source":         {at + "/release", body(v.Holds[0].ID, "x"), 422, "source"},
		"an odd feed":       {f.at + "/feeds/a.b/schema/release?source=" + f.source, body("x", "x"), 422, "feed"},
		"another version":   {release + "&version=2", body(v.Holds[0].ID, "x"), 404, "no change"},
		"an unknown member": {release, `{"change":"x","reason":"x","all":true}`, 422, "all"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.call(t, "POST", c.path, c.body)
			require.Equal(t, c.status, a.status, "%s", a.body)
			require.Contains(t, string(a.body), c.says)
		})
	}
	require.Equal(t, 404, s.call(t, "GET", f.at+"/feeds/unheard_of/schema?source="+f.source, "").status)
	require.Equal(t, "held", show().State)

	for range 2 {
		a := s.call(t, "POST", release, body(v.Holds[0].ID, "WFM: the column is not used"))
		require.Equal(t, 200, a.status, "%s", a.body)
		var h feedschema.Hold
		a.into(t, &h)
		require.Equal(t, "WFM: the column is not used", h.Released.Reason)
	}
	require.Equal(t, "ok", show().State)
	require.Empty(t, show().Key, "the report's")
	testReleasedKey(t, s, release, func() httpapi.FeedSchema {
		look(strings.Replace(described("varchar(3)"), "primary_key: issue_id", `primary_key: "issue_id, company_marker"`, 1))
		return show()
	}, show)
}

// testReleasedKey releases a primary key that names what is no column.
func testReleasedKey(t *testing.T, s *stack, release string, change, show func() httpapi.FeedSchema) {
	v := change()
	require.Equal(t, "held", v.State)
	in := httpapi.FeedRelease{Change: v.Holds[len(v.Holds)-1].ID, Reason: "ops"}
	a := s.call(t, "POST", release, jsonOf(t, in))
	require.Equal(t, 422, a.status, "%s", a.body)
	require.Contains(t, string(a.body), "no column of it, described or in its rows: company_marker")
	require.Contains(t, string(a.body), `"body.key"`)
	require.Equal(t, "held", show().State)
	in.Key = []string{"issue_id", "platform"}
	a = s.call(t, "POST", release, jsonOf(t, in))
	require.Equal(t, 200, a.status, "%s", a.body)
	require.Contains(t, string(a.body), `"key":"issue_id,platform"`)
	require.Equal(t, "ok", show().State)
	require.Equal(t, in.Key, show().Key)
	require.Empty(t, show().Order)
	in.Order = []string{"issue_id"} // the change is released: a repeat does nothing
	require.Equal(t, 200, s.call(t, "POST", release, jsonOf(t, in)).status)
	require.Empty(t, show().Order)
}
