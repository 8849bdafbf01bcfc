package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed"
	"transporter/internal/task"
)

// published reads one of the platform's machine-readable tables, or skips.
func published(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "samples", "asapp", name))
	if err != nil {
		t.Skip("the published tables are not here")
	}
	require.NoError(t, json.Unmarshal(b, v))
}

type publishedTable struct {
	Status   string
	SyncTime string `json:"sync_time"`
	Snapshot string
	Fields   []struct{ Name, Type, Retired string }
}

// kinds are our types for those of the published tables.
var kinds = map[string]Type{
	"id": ID, "string": String, "timestamp": Time, "int": Int, "number": Double, "bool": Bool, "flag": Bool, "object": JSON, "list": JSON,
}

// Every published column of every table is a column of its report, of the same kind, nullable,
// and says so where it is retired. Only those about the line come after them.
func TestFeedsHaveEveryPublishedColumn(t *testing.T) {
	n := 0
	for _, file := range []struct{ name, prefix, door string }{{"schemas.json", "asapp.", ""}, {"fileexporter_schemas.json", "asapp.fe_", "fileExporter"}} {
		var tables map[string]publishedTable
		published(t, file.name, &tables)
		for table, want := range tables {
			n++
			d, err := Get(file.prefix+table, "")
			require.NoError(t, err)
			require.Equal(t, []string{table, file.door}, []string{d.Feed.Table, d.Feed.Door})
			require.Equal(t, want.Snapshot != "", d.Feed.Snapshot, table)
			require.Len(t, d.Columns, len(want.Fields)+4, table)
			for i, f := range want.Fields {
				c := d.Columns[i]
				require.Equal(t, f.Name, c.Name, table)
				require.Equal(t, kinds[f.Type], c.Type, "%s.%s", table, f.Name)
				require.Equal(t, Rules{N0}, c.Rule, "%s.%s", table, f.Name)
				if f.Retired != "" {
					require.Contains(t, c.Doc, f.Retired, "%s.%s", table, f.Name)
				}
			}
		}
	}
	require.Equal(t, len(feeds()), n)
}

func feeds() (all []*Definition) {
	for _, d := range Catalog() {
		if d.Feed != nil {
			all = append(all, d)
		}
	}
	return all
}

// Row keys are those that rows are told apart by.
func TestFeedsHaveTheKeysOfTheirTables(t *testing.T) {
	for _, d := range feeds() {
		rule, ok := feed.TableOf(d.Feed.Table, d.Feed.Door)
		require.True(t, ok, d.ID)
		require.Equal(t, rule.Snapshot, d.Feed.Snapshot, d.ID)
		for _, mode := range []feed.Mode{DedupeReference, DedupeRepaired} {
			require.Equal(t, rule.KeyOf(mode), d.RowKeyFor(Params{ParamDedupe: json.RawMessage(`"` + string(mode) + `"`)}), d.ID)
		}
	}
}

// Row keys are those of the published reference, and of its repairs.
func TestFeedsHaveThePublishedKeys(t *testing.T) {
	type rule struct {
		Table, Source string
		PartitionBy   []string `json:"partition_by"`
		Suggested     []string `json:"suggested_partition_by"`
	}
	var rules, extra []rule
	published(t, "dedupe.json", &rules)
	published(t, "dedupe_extra.json", &extra)
	seen := map[string]bool{}
	for _, r := range append(rules, extra...) {
		id := "asapp." + r.Table
		if r.Source == "file exporter" {
			id = "asapp.fe_" + r.Table
		}
		d, err := Get(id, "")
		require.NoError(t, err)
		require.Equal(t, r.PartitionBy, d.RowKeyFor(nil), id)
		want := r.Suggested
		if want == nil {
			want = r.PartitionBy
		}
		require.Equal(t, want, d.RowKeyFor(Params{"dedupe": json.RawMessage(`"repaired"`)}), id)
		seen[id] = true
	}
	require.Len(t, seen, len(feeds()))
}

func TestFeedsOfThisVersion(t *testing.T) {
	door := map[string]int{}
	for _, d := range feeds() {
		require.Equal(t, CategoryFeed, d.Category)
		require.Equal(t, d.ID, d.Resource)
		require.GreaterOrEqual(t, d.MinInterval, d.Feed.Every)
		require.False(t, d.Snapshots(), "their state is not that of configuration lists")
		require.Empty(t, d.Final(), "what a platform exports anew is delivered")
		door[d.Feed.Door]++
	}
	require.Equal(t, map[string]int{"": 48, "fileExporter": 7}, door)
	d, err := Get("asapp.queue_wfm", "")
	require.NoError(t, err)
	require.Equal(t, []time.Duration{15 * time.Minute, 20 * time.Minute}, []time.Duration{time.Duration(d.MinInterval), time.Duration(d.DefaultDelay)})
	d, err = Get("asapp.rep_hierarchy", "")
	require.NoError(t, err)
	require.Equal(t, task.Duration(24*time.Hour), d.MinInterval)
}

func TestWhatATaskDeliversOfAFeed(t *testing.T) {
	d, err := Get("asapp.rep_hierarchy", "")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		params   Params
		delivery string
		mode     string
		key      []string
	}{
		"nothing said": {delivery: DeliveryChanges, mode: ModeChanges, key: []string{"subordinate_agent_id", "superior_agent_id"}},
		"snapshot": {
			params:   Params{"delivery": json.RawMessage(`"snapshot"`), "dedupe": json.RawMessage(`"repaired"`)},
			delivery: DeliverySnapshot, mode: ModeFull, key: []string{"subordinate_rep_id", "superior_rep_id"},
		},
		"leaf": {
			params:   Params{"delivery": json.RawMessage(`"leaf"`), "dedupe": json.RawMessage(`"repaired"`), "feed_version": json.RawMessage(`"2"`)},
			delivery: DeliveryLeaf, mode: ModeFull, key: []string{"feed_leaf", "subordinate_rep_id", "superior_rep_id"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, d.CheckParameters(c.params))
			require.Equal(t, []string{c.delivery, c.mode}, []string{d.FeedDelivery(c.params), d.Mode(c.params)})
			require.Equal(t, c.key, d.RowKeyFor(c.params))
		})
	}
	require.Equal(t, []string{"subordinate_agent_id", "superior_agent_id"}, d.RowKey, "definitions are shared")
	require.Equal(t, "1", d.FeedVersion(nil))
	require.JSONEq(t, `{"dedupe":"reference","feed_version":"1"}`, asJSON(t, d.QueryParams(nil)), "what is delivered is nothing to the source")
	other, err := Get("cfg.users", "")
	require.NoError(t, err)
	require.Equal(t, []string{"", "", ""}, []string{other.FeedDelivery(nil), other.FeedDedupe(nil), other.FeedVersion(nil)})
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

const goodFeed = `
id: asapp.x
title: X
grain: one
version: "1.0"
doc: d
feed: {table: x, every: 1h}
rowKey: [k]
columns:
  - {name: k, type: id, doc: key}
`

func TestADefectOfAFeedsFileIsNamedAtLoad(t *testing.T) {
	shared := map[string][]byte{}
	for _, name := range []string{factsFile, parametersFile, feedsFile} {
		b, err := data.ReadFile("data/" + name)
		require.NoError(t, err)
		shared["d/"+name] = b
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"good":              {"", "", ""},
		"key is no column":  {"rowKey: [k]", "rowKey: [company_id]", ""},
		"no feed":           {"feed: {table: x, every: 1h}", "", "asapp.x.yaml: feed is required"},
		"no cadence":        {", every: 1h", "", "table and every are required"},
		"other table":       {"table: x", "table: y", "must be named after it"},
		"key is no member":  {"rowKey: [k]", "rowKey: [$.k]", `"$.k" is no member`},
		"column of the end": {"name: k", "name: feed_leaf", "column feed_leaf: there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"d/resources.yaml": {Data: []byte("{}")}, "d/asapp.x.yaml": {Data: []byte(strings.Replace(goodFeed, c.old, c.new, 1))}}
			for name, b := range shared {
				files[name] = &fstest.MapFile{Data: b}
			}
			_, err := read(files, "d")
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}
