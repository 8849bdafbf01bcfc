package transform

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/transform/cell"
)

// parquetRenderer writes Parquet: every column optional, of the type that its report says,
// compressed with Zstandard. A row group is what is collected in memory at a time.
type parquetRenderer struct {
	table   *table
	plain   plain
	schema  *parquet.Schema
	writer  *parquet.GenericWriter[any]
	made    bytes.Buffer // what the writer has written and parts has not taken yet
	pending []parquet.Row
	arena   []byte // texts of the pending rows: cells are valid for one row only
	values  int    // bytes of values in the open row group
	rows    int    // in the open row group
	long    int    // bytes of long texts in the part
	most    int    // of those, with the record that is being added
}

// Limits of a row group, by whichever comes first: values that are collected before they are
// compressed, and the number of rows that readers work on at a time.
const (
	rowGroupBytes = 16 << 20
	rowGroupRows  = 122_880
)

const (
	// longText is how long a text is that has a page of its own, or nearly so. The writer keeps the least and the
	// greatest of each page to the end of the file, several times.
	longText = 64 << 10
	// maxLongTexts is what a record may have of them; the next part begins when one has half of that.
	maxLongTexts = 4 << 20
)

func newParquet(t *table) (*parquetRenderer, error) {
	columns := columnGroup{Group: parquet.Group{}}
	for _, f := range t.fields {
		if _, twice := columns.Group[f.name]; twice {
			return nil, fmt.Errorf("column %s is there twice", f.name)
		}
		columns.Group[f.name] = parquet.Optional(parquetNode(f))
		columns.order = append(columns.order, f.name)
	}
	return &parquetRenderer{table: t, plain: newPlain(t.job), schema: parquet.NewSchema(t.job.Report.ID, columns)}, nil
}

// columnGroup keeps the columns in the report's order; a parquet.Group sorts them by name.
type columnGroup struct {
	parquet.Group
	order []string
}

// Fields implements parquet.Node.
func (g columnGroup) Fields() []parquet.Field {
	fields := g.Group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int {
		return slices.Index(g.order, a.Name()) - slices.Index(g.order, b.Name())
	})
	return fields
}

// parquetNode is the type of a column. Texts are written plain: every reader knows that.
func parquetNode(f field) parquet.Node {
	text := parquet.Encoded(parquet.String(), &parquet.Plain)
	switch f.typ {
	case report.Int, report.MS:
		return parquet.Leaf(parquet.Int64Type)
	case report.Double:
		return parquet.Leaf(parquet.DoubleType)
	case report.Bool:
		return parquet.Leaf(parquet.BooleanType)
	case report.Time:
		if f.fine {
			return parquet.Timestamp(parquet.Microsecond)
		}
		return parquet.Timestamp(parquet.Millisecond) // adjusted to UTC
	case report.List:
		return parquet.List(text)
	}
	return text
}

func (r *parquetRenderer) columns() []string { return r.table.headers() }

func (r *parquetRenderer) replaced() int { return r.table.doc.Replaced() }

func (r *parquetRenderer) maxRows() int64 { return 0 }

// full says so when the part has as many long texts as the writer may keep.
func (r *parquetRenderer) full() bool { return r.long > maxLongTexts/2 }

func (r *parquetRenderer) begin(dst []byte) []byte {
	r.made.Reset()
	r.rows, r.values, r.long = 0, 0, 0
	r.writer = parquet.NewGenericWriter[any](&r.made, r.schema,
		parquet.Compression(&parquet.Zstd), parquet.DataPageVersion(1), parquet.CreatedBy("transporter", "1", "0"))
	return dst
}

// record collects the rows of a record and writes them when all are good.
func (r *parquetRenderer) record(dst []byte, rec source.Record, _ bool) ([]byte, int64, error) {
	return r.collect(dst, func(yield func() error) error { return r.table.record(rec, yield) })
}

func (r *parquetRenderer) removed(dst []byte, _ bool) ([]byte, int64, error) {
	return r.collect(dst, r.table.removed)
}

func (r *parquetRenderer) tracker() *tracker { return r.table.track }

func (r *parquetRenderer) collect(dst []byte, each func(yield func() error) error) ([]byte, int64, error) {
	r.arena = r.arena[:0]
	rows, before := 0, r.long
	r.most = before + maxLongTexts
	err := each(func() error {
		if rows == len(r.pending) {
			r.pending = append(r.pending, nil)
		}
		var err error
		r.pending[rows], err = r.appendRow(r.pending[rows][:0])
		if rows++; err == nil && len(r.arena) > mostOfRecord {
			err = tooMuchOf("")
		}
		return err
	})
	if err != nil {
		r.long = before
		r.tidy()
		return dst, 0, err
	}
	if _, err := r.writer.WriteRows(r.pending[:rows]); err != nil {
		return dst, 0, fmt.Errorf("write rows: %w", err)
	}
	r.rows += rows
	r.values += len(r.arena) + rows*len(r.table.fields)*valueBytes
	r.tidy()
	if r.values >= rowGroupBytes || r.rows >= rowGroupRows {
		r.rows, r.values = 0, 0
		if err := r.writer.Flush(); err != nil {
			return dst, 0, fmt.Errorf("write row group: %w", err)
		}
	}
	return r.take(dst), int64(rows), nil
}

// tidy gives back what a large record took.
func (r *parquetRenderer) tidy() {
	if len(r.pending) > maxPending || cap(r.arena) > maxKept {
		r.pending, r.arena = nil, nil
	}
}

const (
	valueBytes = 8     // of a number or level in the writer's columns
	maxPending = 4_096 // rows whose room is kept after a large record
)

// take moves what the writer has written to dst.
func (r *parquetRenderer) take(dst []byte) []byte {
	dst = append(dst, r.made.Bytes()...)
	if r.made.Reset(); r.made.Cap() > maxKept {
		r.made = bytes.Buffer{}
	}
	return dst
}

// end closes the file. Its tail is the footer: the metadata, their length and the magic
// number (https://parquet.apache.org/docs/file-format/).
func (r *parquetRenderer) end(dst []byte) ([]byte, int64, error) {
	if err := r.writer.Close(); err != nil {
		return dst, 0, err
	}
	dst = r.take(dst)
	length := binary.LittleEndian.Uint32(dst[len(dst)-footerEnd:])
	return dst, int64(length) + int64(footerEnd), nil
}

// footerEnd is the length of the footer's length and the magic number.
const footerEnd = 4 + len(parquetMagic)

const parquetMagic = "PAR1"

// appendRow makes a row of the cells: values in the order of the columns, with their
// definition levels (1: the column has a value; 2: the list has an element).
func (r *parquetRenderer) appendRow(row parquet.Row) (parquet.Row, error) {
	for i, f := range r.table.fields {
		c := &r.table.cells[f.cell]
		if r.long += longIn(c); r.long > r.most {
			return row, &badValue{f.name, fmt.Sprintf(
				"makes more than %d MiB of the record's texts that are longer than %d KiB, too much for Parquet; deliver another format, or leave the column out (column_set)",
				maxLongTexts>>20, longText>>10)}
		}
		switch {
		case c.Kind == cell.Null:
			row = append(row, parquet.NullValue().Level(0, 0, i))
		case f.typ == report.List:
			row = r.appendList(row, c, i)
		default:
			v, ok := r.value(f, c)
			if !ok {
				return row, &badValue{f.name, "is not of its column's type " + string(f.typ)}
			}
			row = append(row, v.Level(0, 1, i))
		}
	}
	return row, nil
}

// longIn is how much a cell has in long texts.
func longIn(c *cell.Cell) (n int) {
	switch c.Kind {
	case cell.Text, cell.JSON:
		if len(c.Text) > longText {
			n = len(c.Text)
		}
	case cell.List:
		for _, x := range c.List {
			if len(x) > longText {
				n += len(x)
			}
		}
	}
	return n
}

func (r *parquetRenderer) appendList(row parquet.Row, c *cell.Cell, column int) parquet.Row {
	if len(c.List) == 0 {
		return append(row, parquet.NullValue().Level(0, 1, column))
	}
	for i, x := range c.List {
		from := len(r.arena)
		r.arena = append(r.arena, x...)
		row = append(row, parquet.ByteArrayValue(r.arena[from:]).Level(min(i, 1), 2, column))
	}
	return row
}

func (r *parquetRenderer) value(f field, c *cell.Cell) (parquet.Value, bool) {
	switch f.typ {
	case report.Int, report.MS:
		return parquet.Int64Value(c.Num), c.Kind == cell.Int
	case report.Time:
		if f.fine {
			return parquet.Int64Value(c.Num*1000 + int64(c.Sub/1000)), c.Kind == cell.Time
		}
		return parquet.Int64Value(c.Num), c.Kind == cell.Time
	case report.Bool:
		return parquet.BooleanValue(c.Num == 1), c.Kind == cell.Bool
	case report.Double:
		if c.Kind == cell.Int {
			return parquet.DoubleValue(float64(c.Num)), true
		}
		n, err := strconv.ParseFloat(string(c.Text), 64)
		return parquet.DoubleValue(n), c.Kind == cell.Number && err == nil
	}
	from := len(r.arena)
	r.arena = r.plain.append(roomFor(r.arena, len(c.Text)), c)
	return parquet.ByteArrayValue(r.arena[from:len(r.arena):len(r.arena)]), true
}
