package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/readertest"
	"transporter/internal/report"
)

// publishedAnswers are example answers of the platform's documentation, beside this project
// and not part of it.
const publishedAnswers = "../../shared/samples/liveperson/data"

// taken is one way in which an answer's records come to reports.
type taken struct {
	resource string
	elements string // JSON path of the elements j, in SQL; empty: the answer itself is the one
	asked    string // flags that say what the answer is the answer to
	// records makes other records of the elements, in the column record. Empty: the file is read as it came.
	records string
	window  string // that the records are of
	beside  string // another resource, which was asked too and knows nothing of these intervals
	// rows are the rows of each report, in the file's order and with some of its columns, as
	// worked out by DuckDB of the elements. The column "*" is a whole row.
	rows map[string]string
	// refused are the reports that count no row from the answer as it came, and what they say of it.
	refused map[string]string
}

// macros are there for the SQL of the table.
const macros = `create macro moment(ms) as strftime(make_timestamp(ms::bigint * 1000), '%Y-%m-%dT%H:%M:%S.%gZ');
create macro dated(text) as strftime(strptime(text, '%Y-%m-%d %H:%M:%S'), '%Y-%m-%dT%H:%M:%S.000Z');
create macro live(answer) as json_object('requested_at', '2018-01-18T12:14:07.000Z', 'response', answer);
create macro during(first, last, answer) as json_object('requested_at', '2018-01-18T12:14:07.000Z', 'interval_start', moment(first),
	'interval_end', moment(last), 'response', answer);
`

// Every published answer is rendered with every report of its API, or it is said why none
// takes it; what comes out is what DuckDB reads and works out of the same file.
func TestK13EveryPublishedAnswerHasItsReports(t *testing.T) {
	files, err := filepath.Glob(publishedAnswers + "/*.response.json")
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("the published samples are not here")
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".response.json")
		ways, why := publishedTable[name], takenByNone[name]
		require.NotEqual(t, len(ways) > 0, why != "", "%s: list its reports, or say why there are none", name)
		requireAllReports(t, name, ways)
		for _, way := range ways {
			for id, rows := range way.rows {
				t.Run(name+" "+id, func(t *testing.T) { way.requireRows(t, file, id, rows) })
			}
			for id, why := range way.refused {
				t.Run(name+" "+id+" refused", func(t *testing.T) { way.requireRefused(t, file, id, why) })
			}
		}
	}
	require.Len(t, files, len(publishedTable)+len(takenByNone), "a name of the table that is no sample")
}

// requireAllReports fails for a report of a resource of the answer, its own or a live one beside it, that the
// table does not have.
func requireAllReports(t *testing.T, name string, ways []taken) {
	t.Helper()
	resources, have := map[string]bool{}, map[string]bool{}
	for _, way := range ways {
		resources[way.resource] = true
		for id := range way.rows {
			have[id] = true
		}
		for id := range way.refused {
			have[id] = true
		}
	}
	for _, d := range report.Catalog() {
		reads := resources[d.Resource]
		for _, also := range d.Also {
			reads = reads || also.Live && resources[also.Resource]
		}
		require.True(t, !reads || have[d.ID], "%s: %s", name, d.ID)
	}
}

// requireRefused has the answer as it came refused for what it lacks, and nothing written.
func (w taken) requireRefused(t *testing.T, file, id, why string) {
	t.Helper()
	line := append([]string{"render", "--report", id, "--window", theirQuarter, "--join", w.resource + "=" + file, "-"}, strings.Fields(w.asked)...)
	r := alone(t, "", line...)
	require.Equal(t, exitFailed, r.code, r.err)
	require.Contains(t, r.err, why)
	require.Empty(t, r.out)
}

func (w taken) requireRows(t *testing.T, file, id, rows string) {
	t.Helper()
	d, err := report.Get(id, "")
	require.NoError(t, err)
	file, err = filepath.Abs(file)
	require.NoError(t, err)
	elements := "content::json"
	if w.elements != "" {
		elements = "unnest(json_extract(content, '" + w.elements + "'))"
	}
	from := macros + "create view e as select " + elements + " as j from read_text('" + file + "');\n"
	if w.records != "" {
		file = recordsFile(t, from+w.records)
	}
	line := append([]string{"render", "--report", id, "--format", "jsonl"}, strings.Fields(w.asked)...)
	if w.window != "" {
		line = append(line, "--window", w.window)
	}
	if _, counts := d.Effective(nil)["interval_minutes"]; counts {
		line = append(line, "--param", "interval_minutes=60")
	}
	if d.Resource == w.resource {
		line = append(line, file)
	} else { // read beside the report's own records, of which there are none
		line = append(line, "--join", w.resource+"="+file, "-")
	}
	if w.beside != "" && d.Resource != w.resource {
		line = append(line, "--join", w.beside+"="+recordsFile(t, from+idle))
	}
	r := alone(t, "", line...)
	require.Equal(t, exitOK, r.code, r.err)
	require.Empty(t, r.err)
	requireSame(t, readertest.Duck(t, from+rows), readertest.JSONLines(t, []byte(r.out)))
}

// recordsFile writes the column record one a line.
func recordsFile(t *testing.T, sql string) string {
	t.Helper()
	var lines strings.Builder
	for _, row := range readertest.Duck(t, sql) {
		lines.WriteString(row["record"].(string) + "\n")
	}
	file := filepath.Join(t.TempDir(), "records.jsonl")
	require.NoError(t, os.WriteFile(file, []byte(lines.String()), 0o600))
	return file
}

// requireSame compares the cells that want has, and the number of rows.
func requireSame(t *testing.T, want, got []readertest.Row) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, cells := range want {
		require.NotEmpty(t, cells)
		for column, value := range cells {
			if column == "*" {
				require.Equal(t, plain(t, value), plain(t, got[i]))
				continue
			}
			require.Contains(t, got[i], column)
			require.Equal(t, plain(t, value), plain(t, got[i][column]), "row %d, %s", i+1, column)
		}
	}
}

// plain makes numbers comparable, however they are written: 1 and 1.0.
func plain(t *testing.T, v any) (out any) {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &out))
	return out
}
