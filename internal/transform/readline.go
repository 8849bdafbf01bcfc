package transform

import (
	"bytes"

	"transporter/internal/feed"
	"transporter/internal/report"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// nullText is what some engines write for null in columns of other types than text.
const nullText = "NULL"

// isLinePlaceholder reports whether an exported line says nothing by the text. An id may be any
// other text: that of a country or a route is "NA" as well.
func isLinePlaceholder(t report.Type, b []byte) bool {
	return string(b) == nullText || len(b) == 0 || t != report.ID && cell.IsPlaceholder(b)
}

// readLineAs reads a value of an exported line. What a table's column is declared as does not
// bind what is written (the published types are those of several engines): ids are numbers or
// texts, flags are numbers, texts or true and false, and counts may be 1.0.
func readLineAs(s *scope, t report.Type, v jsonrec.Value, out *cell.Cell) error {
	switch k := v.Kind(); {
	case t == report.Time:
		return readLineTime(v, out)
	case t == report.String && (k == jsonrec.Array || k == jsonrec.Object):
		from := len(s.scratch)
		s.scratch = v.AppendCompact(s.scratch)
		out.SetText(s.scratch[from:len(s.scratch):len(s.scratch)])
		return nil
	case t == report.Int && (k == jsonrec.True || k == jsonrec.False):
		out.SetInt(0)
		if k == jsonrec.True {
			out.SetInt(1)
		}
		return nil
	case t == report.Bool && (k == jsonrec.Number || k == jsonrec.String):
		return readLineFlag(v, out)
	}
	return readAs(s, t, v, out)
}

func readLineFlag(v jsonrec.Value, out *cell.Cell) error {
	switch b := bytes.ToLower(bytes.TrimSuffix(v.Text(), []byte(".0"))); string(b) {
	case "true", "t", "1":
		out.SetBool(true)
	case "false", "f", "0":
		out.SetBool(false)
	default:
		return unfit(v, "true or false")
	}
	return nil
}

// readLineTime reads a moment in any of the layouts in which exports write them, to the last
// digit. A number is none of them: it could be seconds or milliseconds.
func readLineTime(v jsonrec.Value, out *cell.Cell) error {
	if v.Kind() == jsonrec.String {
		if t, ok := feed.Moment(v.Text()); ok && t.Year() >= 1 && t.Year() <= 9999 {
			out.SetMoment(t)
			return nil
		}
	}
	return unfit(v, "a time such as 2006-01-02T15:04:05.000000+00:00")
}
