package transform

import (
	"bytes"
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

func (e *csvEncoder) row(dst []byte, cells []cell.Cell, _ bool) (_ []byte, err error) {
	dst = roomFor(dst, e.room(cells))
	for i := range e.fields {
		if i > 0 {
			dst = e.charset.ascii(dst, e.delimiter)
		}
		f := &e.fields[i]
		if dst, err = e.appendEncoded(dst, &cells[f.cell], f); err != nil {
			return dst, err
		}
	}
	for i := range len(e.newline) {
		dst = e.charset.ascii(dst, e.newline[i])
	}
	return dst, nil
}

// room is what the long texts of a row take, for all of which it is made at once.
func (e *csvEncoder) room(cells []cell.Cell) (n int) {
	for i := range e.fields {
		c := &cells[e.fields[i].cell]
		if (c.Kind == cell.Text || c.Kind == cell.JSON) && len(c.Text) >= flushAt {
			n += e.lengthOf(c.Text)
		}
	}
	if e.charset != nil && e.charset.wide {
		n *= 2
	}
	return n
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
