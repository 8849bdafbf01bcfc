package transform

import (
	"unicode/utf8"

	"transporter/internal/report"
	"transporter/internal/transform/cell"
)

// xmlEncoder writes XML 1.0: <row><col name="…">…</col></row>, null as xsi:nil="true".
// The head has written <rows> (see Envelope). Lists are joined as in CSV.
type xmlEncoder struct {
	plain   plain
	fields  []field
	headers bool
	misfits *misfits
	open    []string // <col name="…" of each field
	text    []byte

	durations string
}

func newXMLEncoder(t *table, m *misfits) *xmlEncoder {
	e := &xmlEncoder{plain: newPlain(t.job), fields: t.fields, headers: t.job.Formatting.Headers != headersNone, misfits: m, durations: t.job.Formatting.Durations}
	for _, f := range t.fields {
		e.open = append(e.open, `<col name="`+f.name+`"`)
	}
	return e
}

// begin names the columns, so that a file without rows tells what it would hold.
func (e *xmlEncoder) begin(dst []byte) []byte {
	if !e.headers {
		return dst
	}
	dst = append(dst, "<columns>"...)
	for _, f := range e.fields {
		dst = append(dst, `<column name="`+f.name+`" type="`+writtenType(f.typ, e.durations)+`"/>`...)
	}
	return append(dst, "</columns>\n"...)
}

func (e *xmlEncoder) end(dst []byte) []byte { return append(dst, "</rows>\n"...) }

func (e *xmlEncoder) row(dst []byte, cells []cell.Cell, _ bool) ([]byte, error) {
	dst, err := e.room(dst, cells)
	if err != nil {
		return dst, err
	}
	dst = append(dst, "<row>"...)
	for i, f := range e.fields {
		c := &cells[f.cell]
		dst = append(dst, e.open[i]...)
		if c.Kind == cell.Null {
			dst = append(dst, ` xsi:nil="true"/>`...)
			continue
		}
		dst = append(dst, '>')
		if dst, err = e.appendCell(dst, c, f); err != nil {
			return dst, err
		}
		dst = append(dst, "</col>"...)
	}
	return append(dst, "</row>\n"...), nil
}

// room makes room for the long texts of a row, or refuses them before they are written if they are too long together.
func (e *xmlEncoder) room(dst []byte, cells []cell.Cell) ([]byte, error) {
	n := 0
	for _, f := range e.fields {
		c := &cells[f.cell]
		if c.Kind != cell.Text && c.Kind != cell.JSON || len(c.Text) < flushAt {
			continue
		}
		if n += xmlLen(c.Text); n > mostOfRecord {
			return dst, tooMuchOf(f.name)
		}
	}
	return roomFor(dst, n), nil
}

func (e *xmlEncoder) appendCell(dst []byte, c *cell.Cell, f field) ([]byte, error) {
	switch f.typ {
	case report.MS:
		return appendDuration(dst, c.Num, e.durations), nil
	case report.Int, report.Double, report.Bool, report.Time:
		return e.plain.append(dst, c), nil // digits, signs and letters
	}
	text := e.plain.text(&e.text, c)
	return appendXML(dst, text, func(dst []byte, r rune) ([]byte, error) {
		return utf8.AppendRune(dst, utf8.RuneError), e.misfits.meet(f.name, r, "XML 1.0")
	})
}

// xmlLen is how long the text is when it is written.
func xmlLen(s []byte) int {
	n := len(s)
	for _, c := range s {
		switch {
		case c == '&' || c == '\r':
			n += len("&amp;") - 1
		case c == '<' || c == '>':
			n += len("&lt;") - 1
		case xmlSpecial[c] && c < ' ':
			n += utf8.RuneLen(utf8.RuneError) - 1
		}
	}
	return n
}

// xmlSpecial marks the bytes at which appendXML must look closer: markup, control
// characters, and the first byte of U+FFFE and U+FFFF.
var xmlSpecial = func() (special [256]bool) {
	for c := range byte(' ') {
		special[c] = c != '\t' && c != '\n'
	}
	for _, c := range []byte{'&', '<', '>', noncharacter[0]} {
		special[c] = true
	}
	return special
}()

// noncharacter begins the UTF-8 of U+FFFE and U+FFFF.
const noncharacter = "\xef\xbf"

// appendXML writes a text as content of an element. A carriage return is written as a
// character reference, or readers would make a line feed of it (XML 1.0 §2.11). What XML
// cannot hold at all (§2.2, Char) is given to unfit.
func appendXML(dst, s []byte, unfit func([]byte, rune) ([]byte, error)) ([]byte, error) {
	from := 0
	for i := 0; i < len(s); i++ {
		if !xmlSpecial[s[i]] {
			continue
		}
		var written string
		size := 1
		switch s[i] {
		case '&':
			written = "&amp;"
		case '<':
			written = "&lt;"
		case '>':
			written = "&gt;"
		case '\r':
			written = "&#13;"
		case noncharacter[0]:
			if i+2 >= len(s) || s[i+1] != noncharacter[1] || s[i+2] < 0xbe {
				continue
			}
			size = 3
		}
		dst = append(append(dst, s[from:i]...), written...)
		if written == "" {
			r, _ := utf8.DecodeRune(s[i:])
			var err error
			if dst, err = unfit(dst, r); err != nil {
				return dst, err
			}
		}
		i += size - 1
		from = i + 1
	}
	return append(dst, s[from:]...), nil
}
