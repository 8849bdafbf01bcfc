package transform

import (
	"errors"

	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// renderer turns records into the body of a part.
type renderer interface {
	begin(dst []byte) []byte
	// record appends the rows of a record and returns their number; first is true until
	// the part has a row. A record that cannot be delivered is a *badValue.
	record(dst []byte, rec source.Record, first bool) ([]byte, int64, error)
	end(dst []byte) []byte
	replaced() int // broken characters of the last record
}

// encoder writes rows of cells.
type encoder interface {
	begin(dst []byte) []byte
	row(dst []byte, cells []cell.Cell, first bool) []byte
	end(dst []byte) []byte
}

// Formats.
const (
	FormatJSON  = "json"
	FormatJSONL = "jsonl"
	FormatCSV   = "csv"
)

func newRenderer(job Job, lookups map[string]*lookup) (renderer, error) {
	if job.Report.IsRaw() {
		return newRaw(job), nil
	}
	t, err := newTable(job, lookups)
	if err != nil {
		return nil, err
	}
	f := &flat{table: t}
	switch job.Format {
	case FormatJSON:
		f.encoder = newJSONEncoder(t, job.Report.Ref())
	case FormatJSONL:
		f.encoder = newJSONEncoder(t, "")
	case FormatCSV:
		f.encoder = newCSVEncoder(t, job.Formatting)
	default:
		return nil, fault.New(fault.InvalidSpec, "no writer for format %q", job.Format).WithField("format")
	}
	return f, nil
}

// flat renders reports of rows and columns.
type flat struct {
	encoder
	table *table
	doc   jsonrec.Doc
}

func (f *flat) replaced() int { return f.doc.Replaced() }

func (f *flat) record(dst []byte, rec source.Record, first bool) ([]byte, int64, error) {
	f.doc.Release()
	root, err := f.doc.Parse(rec.Raw)
	if err != nil {
		return dst, 0, unreadable(err)
	}
	f.table.scope.reset(root, rec.FetchedAt)
	rows := int64(0)
	err = f.table.each(func() error {
		dst = f.row(dst, f.table.cells, first && rows == 0)
		rows++
		return nil
	})
	return dst, rows, err
}

func unreadable(err error) error {
	return &badValue{"", "the record cannot be read: " + err.Error()}
}

// raw renders records unchanged, in the source's own envelope.
type raw struct {
	format   string
	envelope string
	refuse   refusals
	key      []*path
	doc      jsonrec.Doc
	scope    scope
}

func newRaw(job Job) *raw {
	r := &raw{format: job.Format, envelope: job.Report.Envelope}
	r.refuse = newRefusals(job.Report, &r.scope)
	for _, k := range job.Report.RowKey {
		r.key = append(r.key, compilePath(k, &r.scope))
	}
	return r
}

func (r *raw) replaced() int { return r.doc.Replaced() }

func (r *raw) begin(dst []byte) []byte {
	if r.format == FormatJSONL {
		return dst
	}
	return append(append(jsonrec.AppendText(dst, []byte(r.envelope)), ':'), '[')
}

func (r *raw) end(dst []byte) []byte {
	if r.format == FormatJSONL {
		return dst
	}
	return append(dst, "\n]}\n"...)
}

// record reads the record to make sure that it is one, and writes its own bytes.
func (r *raw) record(dst []byte, rec source.Record, first bool) ([]byte, int64, error) {
	r.doc.Release()
	root, err := r.doc.Parse(rec.Raw)
	if err != nil {
		return dst, 0, unreadable(err)
	}
	r.scope.reset(root, rec.FetchedAt)
	if err := r.refuse.check(&r.scope); err != nil {
		return dst, 0, err
	}
	for i, k := range r.key {
		if k.text(&r.scope) == nil {
			return dst, 0, &badValue{r.keyName(i), "has no value, and must have one"}
		}
	}
	if r.format == FormatJSONL {
		return append(appendOneLine(dst, r.doc.Source()), '\n'), 1, nil
	}
	if !first {
		dst = append(dst, ',')
	}
	return append(append(dst, '\n'), r.doc.Source()...), 1, nil
}

func (r *raw) keyName(i int) string { return "rowKey " + string(rune('1'+i)) }

// appendOneLine copies JSON and makes a space of every line break between its tokens;
// inside of texts JSON has none.
func appendOneLine(dst, src []byte) []byte {
	from := len(dst)
	dst = append(dst, src...)
	for i := from; i < len(dst); i++ {
		if dst[i] == '\n' || dst[i] == '\r' {
			dst[i] = ' '
		}
	}
	return dst
}

func asBadValue(err error) (*badValue, bool) {
	var bad *badValue
	return bad, errors.As(err, &bad)
}
