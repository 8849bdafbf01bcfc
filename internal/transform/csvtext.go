package transform

import (
	"bytes"
	"unicode/utf8"

	"transporter/internal/report"
	"transporter/internal/transform/cell"
)

// appendEncoded writes a cell in the encoding. A long text is never held in UTF-8 as well.
func (e *csvEncoder) appendEncoded(dst []byte, c *cell.Cell, f *field) ([]byte, error) {
	switch {
	case e.charset == nil:
		return e.appendCell(dst, c, f), nil
	case (c.Kind == cell.Text || c.Kind == cell.JSON) && len(c.Text) >= flushAt:
		return e.appendPieces(dst, c.Text, f)
	}
	e.line = e.appendCell(e.line[:0], c, f)
	return e.encode(dst, e.line, f)
}

// appendPieces writes a long text in the encoding, piece by piece.
func (e *csvEncoder) appendPieces(dst, s []byte, f *field) (_ []byte, err error) {
	const size = 64 << 10
	quoted := e.quoteAll || e.needsQuotes(s)
	if quoted {
		dst = e.charset.ascii(dst, '"')
	}
	if e.guards(s, f.typ) {
		dst = e.charset.ascii(dst, '\'')
	}
	for len(s) > 0 {
		n := min(len(s), size)
		for n < len(s) && n > 1 && !utf8.RuneStart(s[n]) {
			n--
		}
		piece := s[:n]
		if s = s[n:]; quoted {
			e.line = appendDoubled(e.line[:0], piece)
			piece = e.line
		}
		if dst, err = e.encode(dst, piece, f); err != nil {
			return dst, err
		}
	}
	if quoted {
		dst = e.charset.ascii(dst, '"')
	}
	return dst, nil
}

func (e *csvEncoder) encode(dst, s []byte, f *field) ([]byte, error) {
	return e.charset.append(dst, s, func(r rune, _ int) error { return e.misfits.meet(f.name, r, e.charset.name) })
}

// appendGuarded puts ' before a text that a spreadsheet would take for a formula
// (https://owasp.org/www-community/attacks/CSV_Injection). An id that is a plain number,
// such as the skill -1, is no formula.
func (e *csvEncoder) appendGuarded(dst, s []byte, t report.Type) []byte {
	if e.guards(s, t) {
		s = append([]byte{'\''}, s...)
	}
	return e.appendText(dst, s)
}

func (e *csvEncoder) guards(s []byte, t report.Type) bool {
	if !e.guard || len(s) == 0 || bytes.IndexByte([]byte("=+-@\t\r"), s[0]) < 0 {
		return false
	}
	_, plain := cell.ParseInt(s)
	return !plain || t != report.ID
}

func (e *csvEncoder) appendText(dst, s []byte) []byte {
	if !e.quoteAll && !e.needsQuotes(s) {
		return append(dst, s...)
	}
	if len(s) >= flushAt {
		dst = roomFor(dst, quotedLength(s))
	}
	return append(appendDoubled(append(dst, '"'), s), '"')
}

// appendDoubled writes each quote twice (RFC 4180, section 2).
func appendDoubled(dst, s []byte) []byte {
	for {
		i := bytes.IndexByte(s, '"')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(append(dst, s[:i+1]...), '"')
		s = s[i+1:]
	}
}

// lengthOf is how long a text is in the file, in UTF-8.
func (e *csvEncoder) lengthOf(s []byte) int {
	if !e.quoteAll && !e.needsQuotes(s) {
		return len(s)
	}
	return quotedLength(s)
}

func quotedLength(s []byte) int { return len(s) + bytes.Count(s, []byte{'"'}) + 2 }

func (e *csvEncoder) needsQuotes(s []byte) bool {
	for _, c := range s {
		if e.special[c] {
			return true
		}
	}
	return false
}
