package transform

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/readertest"
	"transporter/internal/report"
	"transporter/internal/sandbox/feeds"
	"transporter/internal/source"
)

// nowhere is a bucket that keeps nothing: the world knows what it wrote.
type nowhere struct{}

func (nowhere) Put(context.Context, string, []byte, time.Time) error { return nil }

func (nowhere) Delete(context.Context, string) error { return nil }

// restatedAs are the macros of testdata/feed_line.sql for what the look-alike says of columns.
var restatedAs = map[feeds.Kind]string{
	feeds.Text: "as_text", feeds.Date: "as_text", feeds.ID: "as_id", feeds.UUID: "as_id", feeds.Moment: "as_ts",
	feeds.Int: "as_int", feeds.Decimal: "as_decimal", feeds.Flag: "as_flag", feeds.Counts: "as_json", feeds.List: "as_json",
}

// restatedTables have columns of all kinds between them; reading all 48 takes DuckDB half a minute.
var restatedTables = []string{"convos_metadata", "utterances", "rep_activity", "rep_utilized", "queue_wfm", "issue_sentiment"}

// The rows of every table of the platform's look-alike, whose values are written in all ways, are
// delivered without a loss; those of some have the values that DuckDB reads in the same lines.
func TestTablesEqualTheirRestatement(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	world := feeds.New(feeds.Config{Seed: 7, Rows: 12, Now: func() time.Time { return now }})
	require.NoError(t, world.Fill(t.Context(), nowhere{}, feeds.Filling{From: now.Add(-36 * time.Hour), Through: now}))
	macros, err := os.ReadFile(filepath.Join("testdata", "feed_line.sql"))
	require.NoError(t, err)
	for _, table := range feeds.Tables() {
		t.Run(table.Name, func(t *testing.T) {
			t.Parallel()
			truth, err := world.Truth(feeds.Question{Table: table.Name})
			require.NoError(t, err)
			require.NotEmpty(t, truth)
			rows, lines := linesOf(t, truth)
			id := "asapp." + table.Name
			out, res := render(t, newJob(t, id, FormatJSONL, map[string]any{"delivery": "snapshot"}), memory{id: rows})
			require.Empty(t, res.Quarantined)
			if slices.Contains(restatedTables, table.Name) {
				requireSameLinesRead(t, string(macros), table, lines, out.bodies[0])
			}
			requireNothingLost(t, table, truth, rowsOf(t, out.bodies[0]))
		})
	}
}

// linesOf makes records of the rows, in the order of their keys, and a file of their lines.
func linesOf(t *testing.T, truth []feeds.Row) (rows []source.Record, lines []byte) {
	for _, r := range truth {
		key, err := json.Marshal(r.Key)
		require.NoError(t, err)
		about := fmt.Sprintf(`{"_leaf":%q,"_file":%q,"_line":%d,`, r.Leaf, r.File, r.Line)
		rows = append(rows, source.Record{ID: string(key), Raw: append([]byte(about), bytes.TrimSpace(r.Row)[1:]...)})
		lines = append(append(lines, rows[len(rows)-1].Raw...), '\n')
	}
	slices.SortFunc(rows, func(a, b source.Record) int { return strings.Compare(a.ID, b.ID) })
	return rows, lines
}

// requireSameLinesRead compares the columns of every line: rows are told apart by where they are.
func requireSameLinesRead(t *testing.T, macros string, table *feeds.Table, lines []byte, body string) {
	dir := t.TempDir()
	from, made := filepath.Join(dir, "lines.jsonl"), filepath.Join(dir, "rows.jsonl")
	require.NoError(t, os.WriteFile(from, lines, 0o600))
	require.NoError(t, os.WriteFile(made, []byte(body), 0o600))
	read, want, got := []string{"_leaf: 'text'", "_file: 'text'", "_line: 'bigint'"}, []string{"_leaf", "_file", "_line"}, []string{"feed_leaf", "feed_file", "feed_line"}
	types := []string{"feed_leaf: 'text'", "feed_file: 'text'", "feed_line: 'bigint'"}
	d, err := report.Get("asapp."+table.Name, "")
	require.NoError(t, err)
	for _, c := range table.Columns {
		read = append(read, c.Name+": 'json'")
		want = append(want, fmt.Sprintf("%s(%s) as %s", restatedAs[c.Kind], c.Name, c.Name))
		got, types = append(got, written(d.Column(c.Name))), append(types, c.Name+": '"+duckTypes[d.Column(c.Name).Type]+"'")
	}
	sql := fmt.Sprintf(`%s
create table want as select %s from read_json('%s', format = 'newline_delimited', columns = {%s});
create table got as select %s from read_json('%s', format = 'newline_delimited', columns = {%s});
select (select count(*) from want) as n, (select count(*) from (from want except all from got)) as missing, (select count(*) from (from got except all from want)) as wrong,
  (select list(x) from (from (from want except all from got) as x limit 1) as x) as one, (select list(x) from (from (from got except all from want) as x limit 1) as x) as other`,
		macros, strings.Join(want, ", "), from, strings.Join(read, ", "), strings.Join(got, ", "), made, strings.Join(types, ", "))
	rows := readertest.Duck(t, sql)
	require.Len(t, rows, 1)
	counts := fmt.Sprintln(rows[0]["n"], rows[0]["missing"], rows[0]["wrong"])
	require.Equal(t, fmt.Sprintln(bytes.Count(lines, []byte("\n")), 0, 0), counts, "%v\n%v", rows[0]["one"], rows[0]["other"])
}

// written is a column as a reader of the file has it.
func written(c *report.Column) string {
	if c.Type == report.JSON {
		return c.Name + "::text"
	}
	return c.Name
}

// requireNothingLost wants every member of a line that is no column of its table in extra.
func requireNothingLost(t *testing.T, table *feeds.Table, truth []feeds.Row, rows []map[string]any) {
	extra := map[string]any{}
	for _, row := range rows {
		extra[fmt.Sprint(row["feed_leaf"], row["feed_file"], row["feed_line"])] = row["extra"]
	}
	for _, r := range truth {
		var members map[string]any
		require.NoError(t, json.Unmarshal(r.Row, &members))
		for _, c := range table.Columns {
			delete(members, c.Name)
		}
		var want any = members
		if len(members) == 0 {
			want = nil
		}
		require.Equal(t, want, extra[fmt.Sprint(r.Leaf, r.File, float64(r.Line))])
	}
}
