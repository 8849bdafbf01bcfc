package e2e

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/sandbox/feeds"
)

// feedCase is a scenario in its folder of the bucket, with a source that reads it.
type feedCase struct {
	*feedStack
	feeds.Scene
}

// feedScenarios is what whole tasks make of each scenario.
func feedScenarios() map[string]func(*testing.T, *feedCase) {
	all := map[string]func(*testing.T, *feedCase){}
	for _, group := range []map[string]func(*testing.T, *feedCase){feedShapes, feedRewrites, feedHalves, feedRowCases, feedSchemas} {
		maps.Copy(all, group)
	}
	return all
}

// Every scenario of the look-alike has a task that ends as it promises.
func TestEveryFeedScenarioHasATask(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, feeds.ScenarioNames(), slices.Collect(maps.Keys(feedScenarios())))
	for _, name := range playedFeeds() {
		require.Contains(t, feeds.ScenarioNames(), name)
	}
}

// The scenarios are played on a real S3 server while tasks of one stack deliver them: what arrives is the
// truth, or the run waits and says for what, or it is red and says why.
func TestFeedScenarios(t *testing.T) {
	t.Parallel()
	f := startFeeds(t)
	all := feedScenarios()
	for _, name := range playedFeeds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := f.play(t, name)
			began := time.Now()
			all[name](t, c)
			require.Equal(t, len(c.Steps), c.Done, "every step is applied")
			t.Logf("%s: %.0f s", name, time.Since(began).Seconds())
		})
	}
}

// play begins a scenario: nothing of it is exported yet.
func (f *feedStack) play(t *testing.T, name string) *feedCase {
	t.Helper()
	var list struct{ Scenarios []feeds.Scene }
	require.NoError(t, json.NewDecoder(get(t, f.DomainURL()+"/_admin/feeds").Body).Decode(&list))
	at := slices.IndexFunc(list.Scenarios, func(s feeds.Scene) bool { return s.Name == name })
	require.GreaterOrEqual(t, at, 0, name)
	scene := list.Scenarios[at]
	return &feedCase{f.with(t, f.feedSource(scene.Folder)), scene}
}

// step applies the next one, which has that name.
func (c *feedCase) step(t *testing.T, name string) {
	t.Helper()
	require.Less(t, c.Done, len(c.Steps))
	require.Equal(t, name, c.Steps[c.Done])
	c.post(t, "/_admin/feeds/scenarios/"+url.PathEscape(c.Name)+"/next", "", &c.Scene)
}

// all applies those that are left.
func (c *feedCase) all(t *testing.T) {
	t.Helper()
	for c.Done < len(c.Steps) {
		c.step(t, c.Steps[c.Done])
	}
}

// task is a task of the scenario.
func (c *feedCase) task(t *testing.T, table, delivery string, params ...string) feedTask {
	t.Helper()
	x := c.feedTask(t, table, delivery, params...)
	x.truth = c.truthOf(table)
	return x
}

// due is a task of the scenario of which one window is due, and the run of it.
func (c *feedCase) due(t *testing.T, table, delivery string, w httpapi.WindowView) (x feedTask, run string) {
	t.Helper()
	x, run = c.scheduled(t, table, delivery, w)
	x.truth = c.truthOf(table)
	return x, run
}

func (c *feedCase) truthOf(table string) string {
	return "scenarios/" + url.PathEscape(c.Name) + "/truth/" + table
}

// hour and days are windows: one of the day before, and days from so many before it on.
func (c *feedCase) hour(n int) httpapi.WindowView { return c.hours(n, n+1) }

func (c *feedCase) day(before int) httpapi.WindowView {
	from := c.yesterday().AddDate(0, 0, -before)
	return httpapi.WindowView{From: from, To: from.Add(feeds.Day)}
}

// hourOf is an hour of a day so many before.
func (c *feedCase) hourOf(before, n int) httpapi.WindowView {
	w, back := c.hour(n), time.Duration(before)*feeds.Day
	return httpapi.WindowView{From: w.From.Add(-back), To: w.To.Add(-back)}
}

// stamp is a leaf's as it is shown.
func (c *feedCase) stamp(hour string) string {
	return "dt=" + c.yesterday().Format(time.DateOnly) + "/hr=" + hour
}

// member returns a member of the only row that has a value in a column.
func (x feedTask) member(t *testing.T, column string, value any, member string) any {
	t.Helper()
	var found []any
	for _, r := range x.has(t) {
		var m map[string]any
		require.NoError(t, json.Unmarshal([]byte(r.raw), &m))
		if m[column] == value {
			found = append(found, m[member])
		}
	}
	require.Len(t, found, 1, "rows with %s %v", column, value)
	return found[0]
}
