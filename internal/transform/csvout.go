package transform

import (
	"bytes"
	"sort"
	"strconv"

	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/transform/cell"
)

// csvEncoder writes RFC 4180. Null is an empty field without quotes, so that with
// quotes "all" it differs from an empty text.
type csvEncoder struct {
	clock     clock
	fields    []field
	delimiter byte
	quoteAll  bool
	headers   bool
	newline   string
	guard     bool
	durations string
	join      []byte // between the values of a list
	list      []byte
	special   [256]bool // characters that need quotes

	head    []byte   // the headers, as they are written
	charset *charset // nil: UTF-8
	misfits *misfits
	line    []byte // in UTF-8, for the charset
	ends    []int  // of the fields in it
}

// Values of task.Formatting, and what empty ones mean.
const (
	quotesMinimal    = "minimal"
	headersNone      = "none"
	lineEndingLF     = "lf"
	defaultDelimiter = ','
	defaultJoin      = "|"
	crlf             = "\r\n"
)

// newCSVEncoder returns the encoder. A header that the encoding does not have, as of a column that is named
// after an account's own reason, is fault.InvalidSpec, or is written with question marks where the task has such
// characters replaced.
func newCSVEncoder(t *table, f task.Formatting, m *misfits) (*csvEncoder, error) {
	e := &csvEncoder{
		clock: clock{zone: t.job.Zone}, fields: t.fields, delimiter: delimiterOf(f), newline: newlineOf(f),
		quoteAll: f.Quotes != quotesMinimal, headers: f.Headers != headersNone, guard: f.FormulaGuard, durations: f.Durations,
		join: joinOf(f), charset: newCharset(f.Encoding), misfits: m,
	}
	for _, c := range []byte{e.delimiter, '"', '\r', '\n'} {
		e.special[c] = true
	}
	head, err := e.charset.append(nil, e.header(nil), func(r rune, _ int) error {
		if m.replace {
			return nil
		}
		return fault.New(fault.InvalidSpec, "the name of a column has %q, which %s has not", r, f.Encoding).
			WithField("formatting.encoding").WithFix("encode as %s, or have such characters replaced (unencodable)", task.EncodingUTF8)
	})
	e.head = head
	return e, err
}

func delimiterOf(f task.Formatting) byte {
	if f.Delimiter == "" {
		return defaultDelimiter
	}
	return f.Delimiter[0]
}

// joinOf is what stands between the values of a list where a cell holds one text.
func joinOf(f task.Formatting) []byte {
	if f.ListDelimiter == "" {
		return []byte(defaultJoin)
	}
	return []byte(f.ListDelimiter)
}

func newlineOf(f task.Formatting) string {
	if f.LineEnding == lineEndingLF {
		return "\n"
	}
	return crlf
}

func (e *csvEncoder) begin(dst []byte) []byte {
	if !e.headers {
		return dst
	}
	return append(dst, e.head...)
}

func (e *csvEncoder) header(dst []byte) []byte {
	for i, f := range e.fields {
		if i > 0 {
			dst = append(dst, e.delimiter)
		}
		dst = e.appendText(dst, []byte(f.header))
	}
	return append(dst, e.newline...)
}

func (e *csvEncoder) end(dst []byte) []byte { return dst }

func (e *csvEncoder) row(dst []byte, cells []cell.Cell, _ bool) ([]byte, error) {
	if e.charset == nil {
		return e.appendRow(dst, cells), nil
	}
	if cap(e.line) > maxKept {
		e.line = nil // of a giant row
	}
	e.line = e.appendRow(e.line[:0], cells)
	return e.charset.append(dst, e.line, func(r rune, at int) error {
		column := e.fields[sort.SearchInts(e.ends, at+1)].name
		return e.misfits.meet(column, r, e.charset.name)
	})
}

func (e *csvEncoder) appendRow(dst []byte, cells []cell.Cell) []byte {
	e.ends = e.ends[:0]
	for i := range e.fields {
		if i > 0 {
			dst = append(dst, e.delimiter)
		}
		f := &e.fields[i]
		dst = e.appendCell(dst, &cells[f.cell], f)
		e.ends = append(e.ends, len(dst))
	}
	return append(dst, e.newline...)
}

func (e *csvEncoder) appendCell(dst []byte, c *cell.Cell, f *field) []byte {
	switch c.Kind {
	case cell.Null:
		return dst
	case cell.Text, cell.JSON:
		return e.appendGuarded(dst, c.Text, f.typ)
	case cell.List:
		e.list = append(e.list[:0], bytes.Join(c.List, e.join)...)
		return e.appendGuarded(dst, e.list, f.typ)
	}
	if f.mask != nil && c.Kind == cell.Time {
		e.list = f.appendMasked(e.list[:0], c, e.clock.zone)
		return e.appendText(dst, e.list)
	}
	if e.quoteAll {
		dst = append(dst, '"')
	}
	switch c.Kind {
	case cell.Int:
		if f.typ == report.MS {
			dst = appendDuration(dst, c.Num, e.durations)
		} else {
			dst = strconv.AppendInt(dst, c.Num, 10)
		}
	case cell.Bool:
		dst = strconv.AppendBool(dst, c.Num == 1)
	case cell.Number:
		dst = append(dst, c.Text...)
	case cell.Time:
		dst = e.clock.append(dst, c)
	}
	if e.quoteAll {
		dst = append(dst, '"')
	}
	return dst
}

// appendGuarded puts ' before a text that a spreadsheet would take for a formula
// (https://owasp.org/www-community/attacks/CSV_Injection). An id that is a plain number,
// such as the skill -1, is no formula.
func (e *csvEncoder) appendGuarded(dst, s []byte, t report.Type) []byte {
	if e.guard && len(s) > 0 && bytes.IndexByte([]byte("=+-@\t\r"), s[0]) >= 0 {
		if _, plain := cell.ParseInt(s); !plain || t != report.ID {
			s = append([]byte{'\''}, s...)
		}
	}
	return e.appendText(dst, s)
}

func (e *csvEncoder) appendText(dst, s []byte) []byte {
	if !e.quoteAll && !e.needsQuotes(s) {
		return append(dst, s...)
	}
	if len(s) >= flushAt {
		dst = roomFor(dst, len(s)+bytes.Count(s, []byte{'"'})+2)
	}
	dst = append(dst, '"')
	for {
		i := bytes.IndexByte(s, '"')
		if i < 0 {
			break
		}
		dst = append(append(dst, s[:i+1]...), '"')
		s = s[i+1:]
	}
	return append(append(dst, s...), '"')
}

func (e *csvEncoder) needsQuotes(s []byte) bool {
	for _, c := range s {
		if e.special[c] {
			return true
		}
	}
	return false
}
