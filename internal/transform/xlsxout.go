package transform

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/transform/cell"
)

// sheet writes the rows of an XLSX file as the XML of its worksheet (ECMA-376 part 1,
// §18.3), which is the body of the part: the envelope makes the workbook around it.
//
// Cells are typed: numbers, booleans and dates are such, everything else is text in the
// cell itself, so that nothing but the row in hand is in memory. Ids carry the text format
// and stay text when they are edited. Dates are those of the task's zone: a cell has no
// offset. One that says more than milliseconds, which a date cannot, is text.
type sheet struct {
	plain   plain
	fields  []field
	headers bool
	zone    *time.Location
	text    []byte

	durations string
}

// Limits of a worksheet
// (https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3).
const (
	maxSheetRows = 1_048_576 - 1 // below the column headers
	maxCellText  = 32_767        // UTF-16 code units
)

func newSheet(t *table) *sheet {
	return &sheet{plain: newPlain(t.job), fields: t.fields, headers: t.job.Formatting.Headers != headersNone, zone: t.job.Zone, durations: t.job.Formatting.Durations}
}

const (
	sheetOpen = xmlDeclaration + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`
	// The column headers stay in sight.
	sheetFrozen = `<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`
	sheetClose  = "</sheetData></worksheet>"
)

func (e *sheet) begin(dst []byte) []byte {
	dst = append(dst, sheetOpen...)
	if !e.headers {
		return append(dst, "<sheetData>\n"...)
	}
	dst = append(dst, sheetFrozen+"<sheetData>\n<row>"...)
	for _, f := range e.fields {
		dst = appendInline(dst, styleHeader, []byte(f.header))
	}
	return append(dst, "</row>\n"...)
}

func (e *sheet) end(dst []byte) []byte { return append(dst, sheetClose...) }

func (e *sheet) row(dst []byte, cells []cell.Cell, _ bool) ([]byte, error) {
	dst = append(dst, "<row>"...)
	for _, f := range e.fields {
		var err error
		if dst, err = e.appendCell(dst, &cells[f.cell], f); err != nil {
			return dst, err
		}
	}
	return append(dst, "</row>\n"...), nil
}

func (e *sheet) appendCell(dst []byte, c *cell.Cell, f field) ([]byte, error) {
	switch {
	case c.Kind == cell.Null:
		return append(dst, "<c/>"...), nil
	case c.Kind == cell.Bool:
		return append(append(append(dst, `<c t="b"><v>`...), digit(int(c.Num))), "</v></c>"...), nil
	case c.Kind == cell.Time && f.mask != nil:
		e.text = f.appendMasked(e.text[:0], c, e.zone)
		return appendInline(dst, "", e.text), nil
	case c.Kind == cell.Time && c.Sub == 0 && hasSerial(c.Num):
		dst = append(append(dst, `<c s="`...), styleTime...)
		return append(e.appendSerial(append(dst, `"><v>`...), c.Num), "</v></c>"...), nil
	case f.typ == report.MS && e.durations != "":
		return e.appendDuration(dst, c.Num), nil
	case f.typ != report.ID && f.typ != report.String && (c.Kind == cell.Int && isExact(c.Num) || c.Kind == cell.Number):
		return append(e.plain.append(append(dst, "<c><v>"...), c), "</v></c>"...), nil
	}
	text := e.plain.text(&e.text, c)
	if n := utf16Len(text); n > maxCellText {
		return dst, &badValue{f.name, fmt.Sprintf(
			"is %d characters long, and a cell of XLSX holds %d; deliver another format, or leave the column out (column_set)", n, maxCellText)}
	}
	style := ""
	if f.typ == report.ID {
		style = styleText
	}
	return appendInline(dst, style, text), nil
}

// appendDuration writes a duration in the unit that is asked for. As hours it is a number that
// is shown so, with all its milliseconds, where a spreadsheet can show it.
func (e *sheet) appendDuration(dst []byte, ms int64) []byte {
	switch {
	case e.durations == task.DurationsClock && 0 <= ms && ms < beyondDuration:
		dst = append(append(append(dst, `<c s="`...), styleDuration...), `"><v>`...)
		dst = strconv.AppendFloat(dst, float64(ms)/msPerDay, 'f', -1, 64)
	case e.durations != task.DurationsClock && isExact(ms):
		dst = appendDuration(append(dst, "<c><v>"...), ms, e.durations)
	default:
		return appendInline(dst, "", appendDuration(nil, ms, e.durations))
	}
	return append(dst, "</v></c>"...)
}

// beyondDuration is where numbers end that spreadsheets show as hours, as those of dates do.
const beyondDuration = 2_958_465 * msPerDay

// maxExact is the largest number of which a spreadsheet keeps every digit: 15 of them.
const maxExact = 1_000_000_000_000_000 - 1

// isExact tells whether a spreadsheet shows every digit of n; others are written as text.
func isExact(n int64) bool { return -maxExact <= n && n <= maxExact }

// The serial number of a date counts days since 30 December 1899; spreadsheets agree on
// the calendar from March 1900 on and end with the year 9999.
const (
	daysToEpoch  = 25_569
	msPerDay     = 24 * 60 * minuteMS
	firstSerial  = -25_507 * msPerDay   // 1900-03-02, so that it is March in every zone
	beyondSerial = 2_932_895 * msPerDay // 9999-12-30, likewise
)

func hasSerial(ms int64) bool { return firstSerial <= ms && ms < beyondSerial }

func (e *sheet) appendSerial(dst []byte, ms int64) []byte {
	_, offset := time.UnixMilli(ms).In(e.zone).Zone()
	local := ms + int64(offset)*1000
	return strconv.AppendFloat(dst, float64(local)/msPerDay+daysToEpoch, 'f', -1, 64)
}

// utf16Len counts as spreadsheets do.
func utf16Len(s []byte) int {
	if len(s) <= maxCellText { // never more units than bytes
		return len(s)
	}
	n := 0
	for _, r := range string(s) {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// appendInline writes a cell with a text in itself.
func appendInline(dst []byte, style string, s []byte) []byte {
	dst = append(dst, `<c t="inlineStr"`...)
	if style != "" {
		dst = append(append(append(dst, ` s="`...), style...), '"')
	}
	dst = append(dst, `><is><t xml:space="preserve">`...)
	dst = appendXString(dst, s)
	return append(dst, "</t></is></c>"...)
}

// appendXString writes a text as ST_Xstring (ECMA-376 part 1, §22.9.2.19): what XML cannot
// hold is _xHHHH_, and a text that looks like that has its underscore escaped.
func appendXString(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '_' && looksEscaped(s[i:]) {
			dst, _ = appendXML(dst, s[:i], escapeX) // escapeX has no error
			dst = append(dst, "_x005F_"...)
			s, i = s[i+1:], -1
		}
	}
	dst, _ = appendXML(dst, s, escapeX)
	return dst
}

func escapeX(dst []byte, r rune) ([]byte, error) {
	return fmt.Appendf(dst, "_x%04X_", r), nil
}

// looksEscaped reports whether s begins with _xHHHH_.
func looksEscaped(s []byte) bool {
	if len(s) < len("_xHHHH_") || s[1] != 'x' || s[6] != '_' {
		return false
	}
	_, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	return err == nil && utf8.Valid(s[2:6])
}
