package transform

import (
	"bytes"
	"math"
	"strconv"
	"time"

	"transporter/internal/report"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// readAs reads a value as the type of its column. A value of the wrong kind is an
// error; a number written as a text is not.
func readAs(s *scope, t report.Type, v jsonrec.Value, out *cell.Cell) error {
	switch t {
	case report.String, report.ID:
		return readText(v, out)
	case report.Int, report.MS:
		return readInt(v, out)
	case report.Double:
		return readDouble(v, out)
	case report.Bool:
		return readBool(v, out)
	case report.Time:
		return readTime(v, out)
	case report.JSON:
		from := len(s.scratch)
		s.scratch = v.AppendCompact(s.scratch)
		out.SetJSON(s.scratch[from:len(s.scratch):len(s.scratch)])
	}
	return nil
}

func readText(v jsonrec.Value, out *cell.Cell) error {
	if k := v.Kind(); k == jsonrec.Array || k == jsonrec.Object {
		return unfit(v, "a text")
	}
	out.SetText(v.Text())
	return nil
}

func readInt(v jsonrec.Value, out *cell.Cell) error {
	if k := v.Kind(); k != jsonrec.Number && k != jsonrec.String {
		return unfit(v, "a whole number")
	}
	b := v.Text()
	if n, ok := cell.ParseInt(b); ok {
		out.SetInt(n)
		return nil
	}
	// 19 digits, or a whole number written as 5.0 or 1e3.
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		out.SetInt(n)
		return nil
	}
	const exact = 1 << 53 // beyond it a double does not hold every whole number
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > exact {
		return unfit(v, "a whole number")
	}
	out.SetInt(int64(f))
	return nil
}

// readDouble writes the number in its shortest decimal form: 0.630 and "0.63" are the
// same value, and the same bytes.
func readDouble(v jsonrec.Value, out *cell.Cell) error {
	b := v.Text()
	if v.Kind() == jsonrec.Number && isShortest(b) {
		out.Kind, out.Text = cell.Number, b
		return nil
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if k := v.Kind(); k != jsonrec.Number && k != jsonrec.String || err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return unfit(v, "a number")
	}
	out.Kind, out.Text = cell.Number, strconv.AppendFloat(nil, f, 'f', -1, 64)
	return nil
}

// isShortest reports whether a JSON number surely is in its shortest decimal form.
func isShortest(b []byte) bool {
	const exactDigits = 15 // a double holds them all
	return len(b) <= exactDigits && !bytes.ContainsAny(b, "eE") &&
		(b[len(b)-1] != '0' || bytes.IndexByte(b, '.') < 0) && string(b) != "-0"
}

func readBool(v jsonrec.Value, out *cell.Cell) error {
	b := v.Text()
	switch {
	case v.Kind() == jsonrec.Array || v.Kind() == jsonrec.Object:
		return unfit(v, "true or false")
	case bytes.EqualFold(b, []byte("true")) || string(b) == "1":
		out.SetBool(true)
	case bytes.EqualFold(b, []byte("false")) || string(b) == "0":
		out.SetBool(false)
	default:
		return unfit(v, "true or false")
	}
	return nil
}

// Layouts of times that the source writes as text; those without an offset are UTC.
var timeLayouts = []string{"2006-01-02 15:04:05", "2006-01-02 15:04:05.000-0700", time.RFC3339}

// Moments outside of these years cannot be written as RFC 3339.
var (
	firstMoment = time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastMoment  = time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC).UnixMilli()
)

func readTime(v jsonrec.Value, out *cell.Cell) error {
	const want = "a time (epoch milliseconds or yyyy-mm-dd hh:mm:ss)"
	if n, ok := cell.IntOf(v); ok {
		if n < firstMoment || n > lastMoment {
			return unfit(v, want)
		}
		out.SetTime(n)
		return nil
	}
	if v.Kind() == jsonrec.String {
		for _, layout := range timeLayouts {
			if t, err := time.Parse(layout, string(v.Text())); err == nil {
				out.SetTime(t.UnixMilli())
				return nil
			}
		}
	}
	return unfit(v, want)
}
