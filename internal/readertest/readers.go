// Package readertest opens delivered files with readers that share no code with the writers:
// DuckDB, LibreOffice, openpyxl, xmllint, and Python's own XML and JSON. Where one is missing
// the test is skipped, or fails if REQUIRE_REAL is set.
package readertest

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
)

// Row is one row by the names of its columns; numbers are json.Number.
type Row = map[string]any

// Duck runs SQL in DuckDB and returns the rows of the last statement.
func Duck(t testing.TB, sql string) []Row {
	t.Helper()
	return JSONLines(t, piped(t, sql, realtest.Tool(t, "DUCKDB", "duckdb")))
}

// Parquet reads a file, and the key-values of its footer whose names begin with the prefix.
func Parquet(t testing.TB, path, prefix string) (rows []Row, head map[string]string) {
	t.Helper()
	head = map[string]string{}
	for _, kv := range Duck(t, fmt.Sprintf("select decode(key) as k, decode(value) as v from parquet_kv_metadata('%s')", path)) {
		if name, ok := strings.CutPrefix(kv["k"].(string), prefix); ok {
			head[name] = kv["v"].(string)
		}
	}
	return Duck(t, fmt.Sprintf("set TimeZone = 'UTC';\nselect * from read_parquet('%s')", path)), head
}

// CSV reads a file with so many lines before the column headers, every value as text and
// with quotes "all" every null as null.
func CSV(t testing.TB, path string, skip int) []Row {
	t.Helper()
	return Duck(t, fmt.Sprintf(`select * from read_csv('%s', header = true, skip = %d, all_varchar = true, allow_quoted_nulls = false,
		delim = ',', quote = '"', escape = '"', max_line_size = 10000000)`, path, skip))
}

// JSONLines reads objects one after the other.
func JSONLines(t testing.TB, b []byte) (rows []Row) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	for dec.More() {
		row := Row{}
		require.NoError(t, dec.Decode(&row))
		rows = append(rows, row)
	}
	return rows
}

// XML reads the rows of files, by file.
func XML(t testing.TB, paths ...string) map[string][]Row {
	t.Helper()
	return Python(t, `
import xml.etree.ElementTree as ET
nil = "{http://www.w3.org/2001/XMLSchema-instance}nil"
for path in sys.argv[1:]:
    for row in ET.parse(path).getroot().iter("row"):
        print(json.dumps([path, {c.get("name"): None if c.get(nil) == "true" else (c.text or "") for c in row}]))
`, paths...)
}

// CheckXML validates a file against an XML Schema.
func CheckXML(t testing.TB, schema, path string) {
	t.Helper()
	piped(t, "", realtest.Program(t, "xmllint", "libxml2-utils"), "--noout", "--schema", schema, path)
}

// JSON validates files, .json or JSON Lines, against FILE.schema and returns the rows of
// those that have "rows".
func JSON(t testing.TB, paths ...string) map[string][]Row {
	t.Helper()
	return Python(t, `
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
`, paths...)
}

// XLSX reads the sheet Data of workbooks with openpyxl, by file, with escaped characters as
// they are.
func XLSX(t testing.TB, paths ...string) map[string][]Row {
	t.Helper()
	return Python(t, `
import openpyxl
from openpyxl.utils.escape import unescape
for path in sys.argv[1:]:
    rows = list(openpyxl.load_workbook(path)["Data"].iter_rows(values_only=True))
    for row in rows[1:]:
        print(json.dumps([path, {n: unescape(v) if isinstance(v, str) else v for n, v in zip(rows[0], row)}], default=str))
`, paths...)
}

// Python runs a script on files at once, for it takes longer to start than to read, and
// returns the rows that it prints as [file, row], by file. json and sys are imported.
func Python(t testing.TB, script string, paths ...string) map[string][]Row {
	t.Helper()
	out := map[string][]Row{}
	dec := json.NewDecoder(bytes.NewReader(piped(t, "import json,sys\n"+script,
		realtest.Program(t, "/usr/bin/python3", "python3"), append([]string{"-"}, paths...)...)))
	dec.UseNumber()
	for dec.More() {
		var path string
		var row Row
		require.NoError(t, dec.Decode(&[]any{&path, &row}))
		out[path] = append(out[path], row)
	}
	return out
}

// Office converts workbooks with LibreOffice and returns the cells of every sheet as they are
// shown, by FILE-SHEET.
func Office(t testing.TB, workbooks ...string) map[string][][]string {
	t.Helper()
	// Comma, quotes, UTF-8, from line 1; texts in quotes, cells as shown, every sheet.
	const options = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false,false,false,-1"
	dir := t.TempDir()
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

func piped(t testing.TB, in, program string, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.CommandContext(t.Context(), program, args...)
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(in), &out, &errs
	require.NoError(t, c.Run(), "%s %v: %s", program, args, errs.String())
	return out.Bytes()
}
