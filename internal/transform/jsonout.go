package transform

import (
	"strconv"

	"transporter/internal/report"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// jsonEncoder writes rows as JSON objects: one a line for JSON Lines, inside
// {"report","columns","rows"} for JSON.
type jsonEncoder struct {
	clock  clock
	fields []field
	ref    string // report@version; empty for JSON Lines
	names  [][]byte
}

func newJSONEncoder(t *table, ref string) *jsonEncoder {
	e := &jsonEncoder{clock: clock{zone: t.job.Zone}, fields: t.fields, ref: ref}
	for _, f := range t.fields {
		e.names = append(e.names, append(jsonrec.AppendText(nil, []byte(f.name)), ':'))
	}
	return e
}

func (e *jsonEncoder) begin(dst []byte) []byte {
	if e.ref == "" {
		return dst
	}
	dst = append(dst, `"report":`...)
	dst = jsonrec.AppendText(dst, []byte(e.ref))
	dst = append(dst, `,"columns":[`...)
	for i, f := range e.fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonrec.AppendText(dst, []byte(f.name))
	}
	return append(dst, `],"rows":[`...)
}

func (e *jsonEncoder) row(dst []byte, cells []cell.Cell, first bool) ([]byte, error) {
	if e.ref == "" {
		return append(e.appendRow(dst, cells), '\n'), nil
	}
	if !first {
		dst = append(dst, ',')
	}
	return e.appendRow(append(dst, '\n'), cells), nil
}

func (e *jsonEncoder) end(dst []byte) []byte {
	if e.ref == "" {
		return dst
	}
	return append(dst, "\n]}\n"...)
}

func (e *jsonEncoder) appendRow(dst []byte, cells []cell.Cell) []byte {
	dst = append(dst, '{')
	for i, f := range e.fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		if e.names != nil {
			dst = append(dst, e.names[i]...)
		} else {
			dst = append(jsonrec.AppendText(dst, []byte(f.name)), ':')
		}
		dst = e.appendCell(dst, &cells[f.cell], f.typ)
	}
	return append(dst, '}')
}

func (e *jsonEncoder) appendCell(dst []byte, c *cell.Cell, t report.Type) []byte {
	switch c.Kind {
	case cell.Text:
		return jsonrec.AppendText(dst, c.Text)
	case cell.Int:
		if t == report.String || t == report.ID { // an id is never a number
			return append(strconv.AppendInt(append(dst, '"'), c.Num, 10), '"')
		}
		return strconv.AppendInt(dst, c.Num, 10)
	case cell.Bool:
		return strconv.AppendBool(dst, c.Num == 1)
	case cell.Number, cell.JSON:
		return append(dst, c.Text...)
	case cell.Time:
		return append(e.clock.append(append(dst, '"'), c), '"')
	case cell.List:
		dst = append(dst, '[')
		for i, x := range c.List {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = jsonrec.AppendText(dst, x)
		}
		return append(dst, ']')
	}
	return append(dst, "null"...)
}
