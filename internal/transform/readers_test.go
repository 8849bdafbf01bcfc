package transform

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
	"transporter/internal/report"
)

// The readers of this file share no code with the writers: DuckDB, LibreOffice, openpyxl,
// xmllint, and Python's own XML and JSON.

// duck runs SQL in DuckDB and returns the rows of the last statement.
func duck(t testing.TB, sql string) []map[string]any {
	t.Helper()
	return linesOf(t, piped(t, sql, realtest.Tool(t, "DUCKDB", "duckdb")))
}

// python runs a script on files and returns the rows that it prints, by file.
func python(t testing.TB, script string, paths ...string) map[string][]map[string]any {
	t.Helper()
	out := map[string][]map[string]any{}
	dec := json.NewDecoder(bytes.NewReader(piped(t, "import json,sys\n"+script,
		realtest.Program(t, "/usr/bin/python3", "python3"), append([]string{"-"}, paths...)...)))
	dec.UseNumber()
	for dec.More() {
		var path string
		var row map[string]any
		require.NoError(t, dec.Decode(&[]any{&path, &row}))
		out[path] = append(out[path], row)
	}
	return out
}

func piped(t testing.TB, in, program string, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.CommandContext(t.Context(), program, args...)
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(in), &out, &errs
	require.NoError(t, c.Run(), "%s %v: %s", program, args, errs.String())
	return out.Bytes()
}

func linesOf(t testing.TB, b []byte) (rows []map[string]any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	for dec.More() {
		row := map[string]any{}
		require.NoError(t, dec.Decode(&row))
		rows = append(rows, row)
	}
	return rows
}

// parquetRows reads a file as docs/formats.md tells its user, and its metadata header.
func parquetRows(t testing.TB, path string) (rows []map[string]any, head map[string]string) {
	t.Helper()
	head = map[string]string{}
	for _, kv := range duck(t, fmt.Sprintf("select decode(key) as k, decode(value) as v from parquet_kv_metadata('%s')", path)) {
		if name, ok := strings.CutPrefix(kv["k"].(string), parquetPrefix); ok {
			head[name] = kv["v"].(string)
		}
	}
	return duck(t, fmt.Sprintf("set TimeZone = 'UTC';\nselect * from read_parquet('%s')", path)), head
}

// csvRows reads a file with so many lines before the column headers.
func csvRows(t testing.TB, path string, skip int, options string) []map[string]any {
	t.Helper()
	return duck(t, fmt.Sprintf(`select * from read_csv('%s', header = true, skip = %d, all_varchar = true, allow_quoted_nulls = false, max_line_size = 10000000%s)`, path, skip, options))
}

var duckTypes = map[report.Type]string{
	report.Int: "BIGINT", report.MS: "BIGINT", report.Double: "DOUBLE", report.Bool: "BOOLEAN", report.Time: "TIMESTAMPTZ",
	report.List: "VARCHAR[]", report.JSON: "JSON", report.String: "VARCHAR", report.ID: "VARCHAR",
}

// jsonlRows reads the rows; the first line of a metadata header has no key.
func jsonlRows(t testing.TB, path string, fields []field) []map[string]any {
	t.Helper()
	var columns []string
	for _, f := range fields {
		columns = append(columns, fmt.Sprintf("'%s': '%s'", f.name, duckTypes[f.typ]))
	}
	return duck(t, fmt.Sprintf("set TimeZone = 'UTC';\nselect * from read_json('%s', format = 'newline_delimited', columns = {%s}) where %s is not null",
		path, strings.Join(columns, ", "), fields[0].name))
}

// Scripts read all their files at once: starting Python takes longer than reading. Every
// line is a row with the file that it is of.
const readXML = `
import xml.etree.ElementTree as ET
nil = "{http://www.w3.org/2001/XMLSchema-instance}nil"
for path in sys.argv[1:]:
    for row in ET.parse(path).getroot().iter("row"):
        print(json.dumps([path, {c.get("name"): None if c.get(nil) == "true" else (c.text or "") for c in row}]))
`

// checkJSON validates each file against FILE.schema. The rows of JSON Lines are read elsewhere.
const checkJSON = `
import jsonschema
for path in sys.argv[1:]:
    schema = json.load(open(path + ".schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    text = open(path, newline="\n")
    for doc in [json.load(text)] if path.endswith(".json") else map(json.loads, text):
        validator.validate(doc)
        for row in doc.get("rows", []):
            print(json.dumps([path, row]))
`

const readXLSX = `
import openpyxl
from openpyxl.utils.escape import unescape
for path in sys.argv[1:]:
    rows = list(openpyxl.load_workbook(path)["Data"].iter_rows(values_only=True))
    for row in rows[1:]:
        print(json.dumps([path, {n: unescape(v) if isinstance(v, str) else v for n, v in zip(rows[0], row)}], default=str))
`

// office converts workbooks to CSV with LibreOffice, a file for each sheet, texts in quotes
// and cells as they are shown, and returns the rows of each: FILE-SHEET.
func office(t testing.TB, dir string, workbooks ...string) map[string][][]string {
	t.Helper()
	const options = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false,false,false,-1"
	args := []string{"-env:UserInstallation=file://" + t.TempDir(), "--headless", "--convert-to", options, "--outdir", dir}
	piped(t, "", realtest.Program(t, "soffice", "libreoffice-calc-nogui"), append(args, workbooks...)...)
	found, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	require.NoError(t, err)
	out := map[string][][]string{}
	for _, path := range found {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		r := csv.NewReader(bytes.NewReader(b))
		r.FieldsPerRecord = -1
		rows, err := r.ReadAll()
		require.NoError(t, err, path)
		out[strings.TrimSuffix(filepath.Base(path), ".csv")] = rows
	}
	return out
}
