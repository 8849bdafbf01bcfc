package transform

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"transporter/internal/report"
	"transporter/internal/transform/cell"
)

// systemColumn is a column about the row itself; it is read after the report's own.
type systemColumn struct {
	name string
	typ  report.Type
	read func(t *table, out *cell.Cell)
}

var rowKeyColumn = systemColumn{"_row_key", report.String, func(t *table, out *cell.Cell) {
	t.rowKey = t.rowKey[:0]
	for i, at := range t.keys {
		if i > 0 {
			t.rowKey = append(t.rowKey, ':')
		}
		t.rowKey = appendKeyPart(t.rowKey, &t.cells[at])
	}
	if t.numbered {
		t.numberKey()
	}
	out.SetText(t.rowKey)
}}

// allSystemColumns follow the row key. Rows are exported for the first time: whoever
// exports a key again counts its revisions.
var allSystemColumns = []systemColumn{
	rowKeyColumn,
	{"_row_rev", report.Int, func(_ *table, out *cell.Cell) { out.SetInt(0) }},
	{"_row_hash", report.String, func(t *table, out *cell.Cell) { out.SetString(t.hash()) }},
	{"_window_start", report.Time, func(t *table, out *cell.Cell) { out.SetTime(t.job.From) }},
	{"_window_end", report.Time, func(t *table, out *cell.Cell) { out.SetTime(t.job.To) }},
	{"_extracted_at", report.Time, func(t *table, out *cell.Cell) { out.SetTime(t.scope.fetchedAt) }},
	{"_provenance", report.String, func(t *table, out *cell.Cell) { out.SetString(t.job.Report.Provenance) }},
}

func systemColumns(params report.Params) []systemColumn {
	var which string
	_ = json.Unmarshal(params[report.ParamSystemColumns], &which) // checked with the parameters
	switch which {
	case "all":
		return allSystemColumns
	case "none":
		return nil
	}
	return allSystemColumns[:1]
}

// appendKeyPart writes a key column as text; null renders as "-".
func appendKeyPart(dst []byte, c *cell.Cell) []byte {
	switch c.Kind {
	case cell.Null:
		return append(dst, '-')
	case cell.Int, cell.Time:
		return strconv.AppendInt(dst, c.Num, 10)
	case cell.Bool:
		return strconv.AppendBool(dst, c.Num == 1)
	}
	return append(dst, c.Text...)
}

// numberKey tells a key that the record had before apart from it (report.Rows.Numbered).
func (t *table) numberKey() {
	if t.keysSeen == nil {
		t.keysSeen = map[string]int64{}
	}
	t.keysSeen[string(t.rowKey)]++
	if n := t.keysSeen[string(t.rowKey)]; n > 1 {
		t.rowKey = strconv.AppendInt(append(t.rowKey, ':'), n, 10)
	}
}

// hashBytes of the SHA-256 identify the content of a row.
const hashBytes = 16

// hash is that of the row's own columns as compact JSON, times in UTC.
func (t *table) hash() string {
	enc := jsonEncoder{clock: clock{zone: time.UTC}, fields: t.fields[len(t.system):]}
	t.hashed = enc.appendRow(t.hashed[:0], t.cells)
	sum := sha256.Sum256(t.hashed)
	return hex.EncodeToString(sum[:hashBytes])
}
