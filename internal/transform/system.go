package transform

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"transporter/internal/report"
	"transporter/internal/rowindex"
	"transporter/internal/transform/cell"
)

// systemColumn is a column about the row itself; it is read after the report's own.
type systemColumn struct {
	name string
	typ  report.Type
	read func(t *table, out *cell.Cell)
}

var rowKeyColumn = systemColumn{"_row_key", report.String, func(t *table, out *cell.Cell) { out.SetText(t.rowKey) }}

// changeColumn says what became of the row since the last delivery: added, changed, removed
// or same. It is there where a task delivers changes; see also changes.tell.
var changeColumn = systemColumn{"_change", report.String, func(t *table, out *cell.Cell) {
	if out.SetNull(); t.track != nil {
		out.SetString(t.track.mark.Kind.String())
	}
}}

// extractedAt is when the record was read.
const extractedAt = "_extracted_at"

// allSystemColumns follow the row key. A removed row has no content that could be hashed or
// was read.
var allSystemColumns = []systemColumn{
	rowKeyColumn,
	{"_row_rev", report.Int, func(t *table, out *cell.Cell) { out.SetInt(t.rev()) }},
	{"_row_hash", report.String, func(t *table, out *cell.Cell) {
		if out.SetNull(); !t.gone {
			out.SetString(t.rowHash.String())
		}
	}},
	{"_window_start", report.Time, func(t *table, out *cell.Cell) { out.SetTime(t.job.From) }},
	{"_window_end", report.Time, func(t *table, out *cell.Cell) { out.SetTime(t.job.To) }},
	{extractedAt, report.Time, func(t *table, out *cell.Cell) {
		unknown := t.job.Report.Feed != nil && t.scope.fetchedAt == 0 // what a table is made of was read at many times
		if out.SetNull(); !t.gone && !unknown {
			out.SetTime(t.scope.fetchedAt)
		}
	}},
	{"_provenance", report.String, func(t *table, out *cell.Cell) {
		switch {
		case t.provenance == nil:
			out.SetString(t.job.Report.Provenance)
		case t.gone:
			out.SetNull()
		default:
			out.SetText(t.provenance.text(&t.scope))
		}
	}},
}

// systemColumns are those that the task asks for. Changes cannot be read without the key
// and what became of it.
func systemColumns(params report.Params, changes bool) []systemColumn {
	which := systemChoice(params)
	switch {
	case changes && which == "all":
		return slices.Insert(slices.Clone(allSystemColumns), 1, changeColumn)
	case changes:
		return []systemColumn{rowKeyColumn, changeColumn}
	case which == "all":
		return allSystemColumns
	case which == "none":
		return nil
	}
	return allSystemColumns[:1]
}

func systemChoice(params report.Params) (which string) {
	_ = json.Unmarshal(params[report.ParamSystemColumns], &which) // checked with the parameters
	return which
}

// CountsRevisions reports whether the rows of the job say how often they were exported with
// other content (_row_rev).
func (j Job) CountsRevisions() bool {
	return systemChoice(j.Report.Effective(j.Params)) == "all" && !j.Report.IsRaw()
}

// rev is how often the row was exported with other content.
func (t *table) rev() int64 {
	if t.track == nil {
		return 0
	}
	return t.track.mark.Entry.Rev
}

// makeKey joins the cells of the row key. That of an exported line is the record's id.
func (t *table) makeKey() {
	t.rowKey = t.rowKey[:0]
	if t.isLine() {
		t.rowKey = t.appendLineKey(t.rowKey)
		return
	}
	for i, at := range t.keys {
		if i > 0 {
			t.rowKey = append(t.rowKey, ':')
		}
		t.rowKey = appendKeyPart(t.rowKey, &t.cells[at])
	}
	if t.numbered {
		t.numberKey()
	}
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

// hash is that of the row's own columns as compact JSON, times in UTC.
func (t *table) hash() rowindex.Hash {
	enc := jsonEncoder{clock: clock{zone: time.UTC}, fields: t.fields[len(t.system):]}
	t.hashed = enc.appendRow(t.hashed[:0], t.cells)
	return rowindex.Sum(t.hashed)
}
