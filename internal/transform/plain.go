package transform

import (
	"strconv"

	"transporter/internal/transform/cell"
)

// plain writes cells as the text that CSV, XLSX, XML and Parquet share: times by RFC 3339,
// lists joined, JSON compact.
type plain struct {
	clock clock
	join  []byte // between the values of a list
}

func newPlain(job Job) plain {
	return plain{clock: clock{zone: job.Zone}, join: joinOf(job.Formatting)}
}

// append writes the cell; nothing for null.
func (p *plain) append(dst []byte, c *cell.Cell) []byte {
	switch c.Kind {
	case cell.Text, cell.JSON, cell.Number:
		return append(dst, c.Text...)
	case cell.Int:
		return strconv.AppendInt(dst, c.Num, 10)
	case cell.Bool:
		return strconv.AppendBool(dst, c.Num == 1)
	case cell.Time:
		return p.clock.append(dst, c)
	case cell.List:
		for i, x := range c.List {
			if i > 0 {
				dst = append(dst, p.join...)
			}
			dst = append(dst, x...)
		}
	}
	return dst
}

// text returns the cell as append writes it, in buf's memory unless it is a text already.
func (p *plain) text(buf *[]byte, c *cell.Cell) []byte {
	switch c.Kind {
	case cell.Text, cell.JSON, cell.Number:
		return c.Text
	}
	*buf = p.append((*buf)[:0], c)
	return *buf
}
