package transform

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/report"
	"transporter/internal/source"
)

// modedReports are all reports that take a mode.
func modedReports() (ids []string) {
	for _, d := range report.Catalog() {
		if d.Snapshots() {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// byKey renders the report and returns its rows by row key, without what is of the list and not
// of the row, in the order in which they stand.
func byKey(t testing.TB, job Job, in Inputs) (rows map[string]map[string]any, keys []string) {
	out, res := render(t, job, in)
	rows = map[string]map[string]any{}
	for _, body := range out.bodies {
		for _, row := range rowsOf(t, body) {
			key := row["_row_key"].(string)
			require.NotContains(t, rows, key)
			delete(row, "_revision")
			rows[key], keys = row, append(keys, key)
		}
	}
	require.EqualValues(t, res.Rows, len(rows))
	return rows, keys
}

// A receiver that has the rows of t1 and applies the changes up to t2 has the rows of t2, for
// every report and any edits of the lists; rows that are the same are not sent.
func TestFullIsFullBeforeAndChanges(t *testing.T) {
	all := memory{}.configuration(t, configurationLists)
	for _, id := range modedReports() {
		t.Run(id, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 1))
				before := edited(t, rnd, all, rapid.SampledFrom([]int{0, 3, 30}).Draw(r, "edits before"))
				after := edited(t, rnd, before, rapid.SampledFrom([]int{0, 1, 5, 60}).Draw(r, "edits"))
				full := newJob(t, id, FormatJSONL, nil)
				table, _ := byKey(t, full, before)
				want, _ := byKey(t, full, after)
				known := maps.Clone(table)
				changes := newJob(t, id, FormatJSONL, map[string]any{"mode": "changes"})
				changes.Earlier, changes.SplitEntries = before, 50
				rows, _ := byKey(t, changes, after)
				for key, row := range rows {
					change := row["_change"]
					delete(row, "_change")
					was, there := known[key]
					switch change {
					case "added":
						require.False(t, there, key)
						table[key] = row
					case "changed":
						require.True(t, there, key)
						require.NotEqual(t, was, row, key)
						table[key] = row
					case "removed":
						require.Equal(t, was, row, "a removed row is as it was last seen")
						delete(table, key)
					default:
						require.Fail(t, "no change", "%s: %v", key, change)
					}
				}
				require.Equal(t, want, table)
			})
		})
	}
}

// The first time all rows are added, in every format that says so.
func TestFirstChangesAreAllRows(t *testing.T) {
	in := memory{}.configuration(t, configurationLists)
	for _, id := range modedReports() {
		want, order := byKey(t, newJob(t, id, FormatJSONL, nil), in)
		job := newJob(t, id, FormatJSONL, map[string]any{"mode": "changes", "system_columns": "all"})
		got, keys := byKey(t, job, in)
		require.Equal(t, order, keys)
		require.Len(t, got, len(want))
		for _, row := range got {
			require.Equal(t, "added", row["_change"])
		}
		for _, format := range job.Report.Formats {
			job.Format = format
			_, res := render(t, job, in)
			require.EqualValues(t, len(want), res.Rows, "%s as %s", id, format)
		}
	}
}

// edited returns the lists after random edits: records that are gone, new, or have members
// with other values.
func edited(t testing.TB, rnd *rand.Rand, from memory, edits int) memory {
	to := memory{}
	for resource, records := range from {
		to[resource] = slices.Clone(records)
	}
	for range edits {
		resource := slices.Sorted(maps.Keys(to))[rnd.IntN(len(to))]
		list := to[resource]
		if len(list) == 0 {
			continue
		}
		at := rnd.IntN(len(list))
		var members map[string]any
		require.NoError(t, json.Unmarshal(list[at].Raw, &members))
		switch rnd.IntN(4) {
		case 0:
			to[resource] = slices.Delete(list, at, at+1)
			continue
		case 1:
			members["id"] = 1_000_000 + rnd.IntN(1_000_000)
		case 2:
			members["name"] = "renamed " + strconv.Itoa(rnd.IntN(3))
		default:
			members["deleted"] = []any{true, false, "soon"}[rnd.IntN(3)] // what a record of is left out
			if _, ok := members["skillIds"]; ok {
				members["skillIds"] = []int{1 + rnd.IntN(5), 7}
			}
		}
		raw, err := json.Marshal(members)
		require.NoError(t, err)
		id := memory{}.with(t, resource, raw)[resource][0].ID
		to[resource] = slices.DeleteFunc(to[resource], func(r source.Record) bool { return r.ID == id })
		to.with(t, resource, raw)
	}
	return to
}
