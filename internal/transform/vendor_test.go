package transform

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/readertest"
	"transporter/internal/report"
	"transporter/internal/sandbox/world"
	"transporter/internal/task"
)

// filled is the task of a vendor that says nothing itself.
func filled(t testing.TB, vendor, id string) task.Spec {
	t.Helper()
	s, err := report.Fill(task.Spec{Report: id, Vendor: vendor})
	require.NoError(t, err)
	return s
}

// Every layout of every vendor, of the sample of its report, in a zone with half an hour, is read
// by two readers of CSV that are not ours; every value is that of the JSON Lines file.
func TestEveryVendorsLayoutIsRead(t *testing.T) {
	in, err := loadSample()
	require.NoError(t, err)
	for _, v := range report.Vendors() {
		for _, f := range v.Reports {
			t.Run(v.ID+" "+f.Report, func(t *testing.T) {
				d, err := report.Get(f.Report, "")
				require.NoError(t, err)
				requireLayout(t, sampleJob(d, v.Format, in), in, filled(t, v.ID, f.Report))
			})
		}
	}
}

// Likewise a day of many conversations, whose clock is put back: there are twice as many rows
// of one hour, and each tells which it is.
func TestVendorsLayoutsOfADay(t *testing.T) {
	from := time.Date(2025, 11, 2, 4, 0, 0, 0, time.UTC) // New York, 25 hours
	to := from.Add(25 * time.Hour)
	in := alive(t, world.NewAccount(21, "12345678", 120_000), from.UnixMilli(), to.UnixMilli()).
		with(t, "skills", []byte(`{"id":2359000012,"name":"Say \"hi\", or | tab\t","slaDefaultResponseTime":300}`))
	for _, v := range report.Vendors() {
		t.Run(v.ID, func(t *testing.T) {
			job := newJob(t, "wfm.skill_interval", v.Format, map[string]any{"interval_minutes": 30})
			job.From, job.To = from.UnixMilli(), to.UnixMilli()
			records := requireLayout(t, job, in, filled(t, v.ID, "wfm.skill_interval"))
			require.Greater(t, len(records), 49)
			if v.ID != "aspect" { // which has no names
				require.Contains(t, fmt.Sprint(records), "Say \"hi\", or | tab\t")
			}
			seen := map[string]bool{}
			for _, r := range records {
				key := ""
				for i, c := range filled(t, v.ID, "wfm.skill_interval").Formatting.Columns {
					if c.Column == "skill_id" || c.Column == "interval_start" {
						key += r[i] + "\x00"
					}
				}
				require.False(t, seen[key], key)
				seen[key] = true
			}
		})
	}
}

// requireLayout renders the job as the spec has it, and compares what encoding/csv and DuckDB read
// with the report's own rows. It returns the former.
func requireLayout(t *testing.T, job Job, in Inputs, spec task.Spec) [][]string {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	job.Zone = zone
	plain := job
	plain.Format, plain.Formatting = FormatJSONL, task.Formatting{}
	lines, _ := render(t, plain, in)
	rows := readertest.JSONLines(t, []byte(lines.bodies[0]))
	require.NotEmpty(t, rows)

	job.Formatting, job.Params = spec.Formatting, maps.Clone(job.Params)
	maps.Copy(job.Params, spec.Parameters)
	out, res := render(t, job, in)
	require.Empty(t, res.Quarantined)
	require.EqualValues(t, len(rows), res.Rows)
	content := out.file(t, 1, job.Envelope(task.MetadataHeader{}, out.infos[0], 1, time.UnixMilli(job.To)))

	var want [][]string
	for _, row := range rows {
		var line []string
		for _, c := range spec.Formatting.Columns {
			line = append(line, laidOut(t, job.Report.Column(c.Column).Type, row[c.Column], c, spec.Formatting, zone))
		}
		want = append(want, line)
	}
	var headers []string
	for _, c := range spec.Formatting.Columns {
		headers = append(headers, c.Header)
	}
	require.Equal(t, headers, job.Columns())

	r := csv.NewReader(bytes.NewReader(content))
	r.Comma = rune(spec.Formatting.Delimiter[0])
	records, err := r.ReadAll()
	require.NoError(t, err)
	if spec.Formatting.Headers != headersNone {
		require.Equal(t, headers, records[0])
		records = records[1:]
	}
	require.Equal(t, want, records)
	require.Equal(t, want, ducked(t, content, headers, spec.Formatting))
	return records
}

// laidOut is what a value of a report's JSON Lines looks like in the layout, by code of the test.
func laidOut(t *testing.T, typ report.Type, value any, c task.FileColumn, f task.Formatting, zone *time.Location) string {
	t.Helper()
	switch v := value.(type) {
	case nil:
		return ""
	case bool:
		return fmt.Sprint(v)
	case json.Number:
		if typ != report.MS {
			return v.String()
		}
		ms, ok := new(big.Rat).SetString(v.String()) // layouts have seconds
		require.True(t, ok)
		text := ms.Quo(ms, big.NewRat(1000, 1)).FloatString(3)
		return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	case []any:
		var all []string
		for _, x := range v {
			all = append(all, x.(string))
		}
		return strings.Join(all, cmp.Or(f.ListDelimiter, "|"))
	}
	text := value.(string)
	if typ != report.Time {
		return text
	}
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	layouts := map[string]string{
		"yyyy-MM-dd": "2006-01-02", "HH:mm": "15:04", "HH:mm:ss": "15:04:05", "XXX": "Z07:00", "yyyyMMdd": "20060102", "HHmm": "1504", "HHmmss": "150405",
		"MM/dd/yyyy HH:mm": "01/02/2006 15:04", "MM/dd/yyyy HH:mm:ss": "01/02/2006 15:04:05", "yyyy-MM-dd'T'HH:mm:ssXXX": time.RFC3339,
	}
	layout, known := layouts[cmp.Or(c.Time, f.Times)]
	require.True(t, known, "mask %q", cmp.Or(c.Time, f.Times))
	return at.In(zone).Format(layout)
}

// ducked is the file as DuckDB reads it, every field as text; null is the empty text.
func ducked(t *testing.T, content []byte, headers []string, f task.Formatting) (records [][]string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.csv")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	names := ""
	if f.Headers == headersNone {
		names = ", names = ['" + strings.Join(headers, "','") + "']"
	}
	rows := readertest.Duck(t, fmt.Sprintf("select * from read_csv('%s', auto_detect = false, all_varchar = true, quote = '\"', escape = '\"', delim = '%s', header = %t, columns = {%s})",
		path, f.Delimiter, names == "", textColumns(headers)))
	for _, row := range rows {
		var line []string
		for _, h := range headers {
			text, _ := row[h].(string)
			line = append(line, text)
		}
		records = append(records, line)
	}
	return records
}

func textColumns(headers []string) string {
	var all []string
	for _, h := range headers {
		all = append(all, "'"+h+"': 'VARCHAR'")
	}
	return strings.Join(all, ", ")
}

// A sheet has the same headers, and masked times as text.
func TestColumnsInASheet(t *testing.T) {
	in, err := loadSample()
	require.NoError(t, err)
	spec := filled(t, "verint", "wfm.agent_snapshot")
	d, err := report.Get(spec.Report, "")
	require.NoError(t, err)
	job := sampleJob(d, FormatXLSX, in)
	job.Formatting, job.Params = spec.Formatting, spec.Parameters
	out, _ := render(t, job, in)
	path := filepath.Join(t.TempDir(), "sheet.xlsx")
	require.NoError(t, os.WriteFile(path, out.file(t, 1, job.Envelope(task.MetadataHeader{}, out.infos[0], 1, time.UnixMilli(job.To))), 0o600))
	rows := readertest.XLSX(t, path)[path]
	require.NotEmpty(t, rows)
	for _, row := range rows {
		require.Contains(t, row, "Agent ID")
		require.Regexp(t, `^\d{4}-\d\d-\d\d$`, row["Date"])
		require.Regexp(t, `^\d\d:\d\d:\d\d$`, row["Time"])
		require.Equal(t, "Z", row["UTC Offset"])
		require.Len(t, row, len(spec.Formatting.Columns))
	}
}

// Revisions with changes go by the row key, whichever columns are written: the key and what became
// of the row come first.
func TestColumnsWithoutTheRowKeyCarryChanges(t *testing.T) {
	users := func(raws ...string) memory {
		in := memory{}
		for _, raw := range raws {
			in.with(t, "users", []byte(raw))
		}
		return in
	}
	job := newJob(t, "cfg.users", FormatCSV, map[string]any{"mode": "changes"})
	job.Formatting.Columns = []task.FileColumn{{Column: "login_name", Header: "Login"}, {Column: "max_chats"}}
	job.Earlier = users(`{"id":1,"loginName":"a","maxChats":1}`, `{"id":2,"loginName":"b","maxChats":1}`, `{"id":3,"loginName":"c"}`)
	out, _ := render(t, job, users(`{"id":1,"loginName":"a","maxChats":2}`, `{"id":2,"loginName":"b","maxChats":1,"nickname":"not written"}`))
	require.Equal(t, "_row_key,_change,Login,max_chats\r\n1,changed,a,2\r\n3,removed,c,\r\n", out.bodies[0])
	require.Equal(t, []string{"Login", "max_chats"}, job.Columns())
}

// What is written of one column in place of several has their names, at its place.
func TestColumnsThatAreSpread(t *testing.T) {
	in, err := loadSample()
	require.NoError(t, err)
	d, err := report.Get("wfm.agent_interval", "")
	require.NoError(t, err)
	job := sampleJob(d, FormatCSV, in)
	maps.Copy(job.Params, report.Params{"wide_reasons": json.RawMessage("true"), "system_columns": json.RawMessage(`"none"`)})
	job.Formatting.Columns = []task.FileColumn{{Column: "handled", Header: "n"}, {Column: "away_by_reason", Header: "Away"}, {Column: "agent_id"}}
	out, _ := render(t, job, in)
	header, _, _ := strings.Cut(out.bodies[0], "\r\n")
	require.Regexp(t, `^"n"(,"away_[a-z_0-9]+")*,"away_other","agent_id"$`, header)
}
