package interval

import (
	"encoding/json"
	"strconv"

	"transporter/internal/source"
	"transporter/internal/transform/jsonrec"
)

// row writes one record of counted values, which the report's columns read like those of a
// source. A value that there is none of is null.
type row struct{ buf []byte }

func (r *row) begin() { r.buf = append(r.buf[:0], '{') }

func (r *row) key(name string) {
	if len(r.buf) > 1 {
		r.buf = append(r.buf, ',')
	}
	r.buf = append(append(append(r.buf, '"'), name...), `":`...)
}

func (r *row) text(name string, v []byte) {
	r.key(name)
	if v == nil {
		r.buf = append(r.buf, "null"...)
		return
	}
	r.buf = jsonrec.AppendText(r.buf, v)
}

func (r *row) flag(name string, v bool) {
	r.key(name)
	r.buf = strconv.AppendBool(r.buf, v)
}

func (r *row) count(name string, n int64) {
	r.key(name)
	r.buf = strconv.AppendInt(r.buf, n, 10)
}

// known writes a number only where there is one.
func (r *row) known(name string, n int64, ok bool) {
	if ok {
		r.count(name, n)
		return
	}
	r.text(name, nil)
}

// raw writes a number as the source does.
func (r *row) raw(name string, v json.RawMessage) {
	if v == nil {
		r.text(name, nil)
		return
	}
	r.key(name)
	r.buf = append(r.buf, v...)
}

// mean writes the average, rounded half up; null of nothing.
func (r *row) mean(name string, m mean) {
	if m.n == 0 {
		r.text(name, nil)
		return
	}
	r.count(name, (2*m.sum+m.n)/(2*m.n))
}

// ratio writes part / of; null without of.
func (r *row) ratio(name string, part, of int64) {
	if of == 0 {
		r.text(name, nil)
		return
	}
	r.key(name)
	r.buf = strconv.AppendFloat(r.buf, float64(part)/float64(of), 'f', -1, 64)
}

// interval writes the keys that every row of intervals has.
func (r *row) interval(a *Axis, i int) {
	from, to := a.Bounds(i)
	name := a.Name(i)
	r.count("intervalStart", from)
	r.count("intervalEnd", to)
	r.count("intervalMinutes", int64(a.length.Minutes()))
	r.text("localDate", []byte(name.Date))
	r.text("localInterval", []byte(name.Clock))
	r.count("dstFold", name.Fold)
}

// record ends the row. The id is for people who read what is held back.
func (r *row) record(id string, order, fetchedAt int64) source.Record {
	r.buf = append(r.buf, '}')
	return source.Record{ID: id, Order: order, Raw: r.buf, FetchedAt: fetchedAt}
}
