package transform

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/readertest"
	"transporter/internal/report"
	"transporter/internal/task"
)

// opened is one file that readers open.
type opened struct {
	path   string
	format string
	header int // fields of its metadata header
	def    *report.Definition
	rows   []readertest.Row // as JSON
}

// Every sample file, with and without metadata header, in times of a zone, opens in
// independent readers, and every value is that of the JSON Lines file.
func TestEverySampleOpensInAnIndependentReader(t *testing.T) {
	dir := t.TempDir()
	paths := map[string][]string{} // by format
	var all []opened
	for _, d := range variedReports() {
		for _, header := range []int{0, len(task.HeaderFields())} {
			for _, format := range d.Formats {
				if d.IsRaw() {
					continue
				}
				o := writeSample(t, dir, d, format, header)
				all, paths[format] = append(all, o), append(paths[format], o.path)
			}
		}
	}
	sheets := readertest.Office(t, paths[FormatXLSX]...)
	json := readertest.JSON(t, append(paths[FormatJSON], paths[FormatJSONL]...)...)
	xml := readertest.XML(t, paths[FormatXML]...)
	for _, o := range all {
		t.Run(filepath.Base(o.path), func(t *testing.T) {
			t.Parallel()
			o.open(t, json[o.path], xml[o.path], sheets)
		})
	}
}

var duckTypes = map[report.Type]string{
	report.Int: "BIGINT", report.MS: "BIGINT", report.Double: "DOUBLE", report.Bool: "BOOLEAN", report.Time: "TIMESTAMPTZ",
	report.List: "VARCHAR[]", report.JSON: "JSON", report.String: "VARCHAR", report.ID: "VARCHAR",
}

// jsonlRows reads the rows; the first line of a metadata header has no key.
func jsonlRows(t testing.TB, path string, fields []field) []readertest.Row {
	t.Helper()
	var columns []string
	for _, f := range fields {
		columns = append(columns, fmt.Sprintf("'%s': '%s'", f.name, duckTypes[f.typ]))
	}
	return readertest.Duck(t, fmt.Sprintf("set TimeZone = 'UTC';\nselect * from read_json('%s', format = 'newline_delimited', columns = {%s}) where %s is not null",
		path, strings.Join(columns, ", "), fields[0].name))
}

func writeSample(t *testing.T, dir string, d *report.Definition, format string, header int) opened {
	t.Helper()
	in, err := loadSample()
	require.NoError(t, err)
	madrid, err := time.LoadLocation("Europe/Madrid")
	require.NoError(t, err)
	job := sampleJob(d, format, in)
	job.Zone, job.Params[report.ParamSystemColumns] = madrid, []byte(`"all"`)
	out, _ := render(t, job, in)
	file := out.file(t, 1, job.Envelope(task.MetadataHeader{Fields: task.HeaderFields()[:header]}, out.infos[0], 1, time.UnixMilli(job.To)))
	o := opened{path: filepath.Join(dir, fmt.Sprintf("%s.%d.%s", d.ID, header, format)), format: format, header: header, def: d}
	require.NoError(t, os.WriteFile(o.path, file, 0o600))
	if schema, err := Schema(d, format); err == nil {
		require.NoError(t, os.WriteFile(o.path+".schema", schema, 0o600))
	}
	job.Format = FormatJSONL
	lines, _ := render(t, job, in)
	o.rows = readertest.JSONLines(t, []byte(lines.bodies[0]))
	require.NotEmpty(t, o.rows)
	return o
}

// fields are those of the schema that the file has: some come only with what changed.
func (o opened) fields() (out []field) {
	for _, f := range schemaFields(o.def) {
		if _, there := o.rows[0][f.name]; there {
			out = append(out, f.field)
		}
	}
	return out
}

func (o opened) open(t *testing.T, json, xml []readertest.Row, sheets map[string][][]string) {
	switch o.format {
	case FormatJSON:
		o.compare(t, json, false)
	case FormatJSONL:
		o.compare(t, jsonlRows(t, o.path, o.fields()), false)
	case FormatCSV:
		o.compare(t, readertest.CSV(t, o.path, o.header), false)
	case FormatXML:
		readertest.CheckXML(t, o.path+".schema", o.path)
		o.compare(t, xml, false)
	case FormatParquet:
		rows, head := readertest.Parquet(t, o.path, parquetPrefix)
		require.Len(t, head, 1+o.header)
		require.Equal(t, o.def.Ref(), head["report"])
		o.compare(t, rows, false)
	case FormatXLSX:
		o.compare(t, o.sheet(t, sheets), true)
	}
}

// sheet returns the rows of the data sheet, and looks at the other.
func (o opened) sheet(t *testing.T, sheets map[string][][]string) (rows []readertest.Row) {
	name := strings.TrimSuffix(filepath.Base(o.path), ".xlsx")
	data := sheets[name+"-Data"]
	require.Len(t, data, 1+len(o.rows))
	for _, line := range data[1:] {
		row := map[string]any{}
		for i, v := range line {
			row[data[0][i]] = v
		}
		rows = append(rows, row)
	}
	metadata, found := sheets[name+"-Metadata"]
	require.Equal(t, o.header > 0, found)
	require.Len(t, metadata, o.header)
	if found {
		require.Equal(t, []string{"recordCount", strconv.Itoa(len(o.rows))}, metadata[0])
	}
	return rows
}

// compare holds every value against that of JSON Lines. Readers of spreadsheets do not tell
// an empty text from null.
func (o opened) compare(t *testing.T, rows []readertest.Row, emptyIsNull bool) {
	t.Helper()
	require.Len(t, rows, len(o.rows))
	for i, want := range o.rows {
		require.Len(t, rows[i], len(want))
		for _, f := range o.fields() {
			w, g := normal(t, f.typ, want[f.name]), normal(t, f.typ, rows[i][f.name])
			if emptyIsNull && (w == "null" || w == "") {
				require.Contains(t, []string{"null", ""}, g, f.name)
				continue
			}
			require.Equal(t, w, g, "row %d, %s", i+1, f.name)
		}
	}
}

// normal writes a value of any reader in one way for its type.
func normal(t *testing.T, typ report.Type, v any) string {
	t.Helper()
	if v == nil {
		return "null"
	}
	text := fmt.Sprint(v)
	switch typ {
	case report.Double:
		if text == "" {
			return text
		}
		f, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err)
		return strconv.FormatFloat(math.Round(f*1e9)/1e9, 'f', -1, 64) // as many places as spreadsheets show
	case report.Bool:
		return strings.ToLower(text)
	case report.Time:
		return moment(t, text)
	case report.List:
		if list, ok := v.([]any); ok {
			texts := make([]string, len(list))
			for i, x := range list {
				texts[i] = fmt.Sprint(x)
			}
			return strings.Join(texts, defaultJoin)
		}
	case report.JSON:
		if s, ok := v.(string); ok && json.Unmarshal([]byte(s), &v) != nil {
			return s
		}
		b, err := json.Marshal(v)
		require.NoError(t, err)
		return string(b)
	}
	return text
}

func moment(t *testing.T, text string) string {
	t.Helper()
	madrid, err := time.LoadLocation("Europe/Madrid")
	require.NoError(t, err)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.000"} {
		if m, err := time.ParseInLocation(layout, text, madrid); err == nil {
			return m.UTC().Format(time.RFC3339Nano)
		}
	}
	if text != "" {
		require.Fail(t, "no time", text)
	}
	return ""
}

// What has no schema says so.
func TestSchemaOfWhatHasNone(t *testing.T) {
	for name, c := range map[string]struct{ report, format, field string }{
		"raw": {"raw.messaging_interactions", FormatJSON, "report"}, "csv": {"cfg.users", FormatCSV, "format"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := report.Get(c.report, "")
			require.NoError(t, err)
			_, err = Schema(d, c.format)
			var f *fault.Error
			require.ErrorAs(t, err, &f)
			require.Equal(t, c.field, f.Field)
		})
	}
}
