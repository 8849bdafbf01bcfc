package transform

import (
	"errors"

	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/rowindex"
	"transporter/internal/source"
	"transporter/internal/task"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// renderer turns records into the body of a part.
type renderer interface {
	begin(dst []byte) []byte
	// record appends the rows of a record and returns their number; first is true until
	// the part has a row. A record that cannot be delivered is a *badValue, and what was
	// appended of it is cut off.
	record(dst []byte, rec source.Record, first bool) ([]byte, int64, error)
	// removed appends the row that says that the marked one was removed.
	removed(dst []byte, first bool) ([]byte, int64, error)
	tracker() *tracker // nil: rows are not tracked
	// end completes the part. The last tail bytes of it are those that PartInfo.Tail counts.
	end(dst []byte) (body []byte, tail int64, err error)
	maxRows() int64 // of a part; zero where there is no limit
	full() bool     // the part takes no further record
	replaced() int  // characters of the last record that were written as another

	columns() []string // those of the report that are written, as files call them; nil of records as they are
}

// encoder writes rows of cells. A cell that the format cannot hold is a *badValue.
type encoder interface {
	begin(dst []byte) []byte
	row(dst []byte, cells []cell.Cell, first bool) ([]byte, error)
	end(dst []byte) []byte
}

// Formats.
const (
	FormatJSON    = "json"
	FormatJSONL   = "jsonl"
	FormatCSV     = "csv"
	FormatXLSX    = "xlsx"
	FormatXML     = "xml"
	FormatParquet = "parquet"
)

func newRenderer(job Job, lookups map[string]*lookup, since *changes) (renderer, error) {
	if job.Report.IsRaw() {
		return newRaw(job), nil
	}
	t, err := newTable(job, lookups)
	if err != nil {
		return nil, err
	}
	t.changes = since
	if job.Format == FormatParquet {
		return newParquet(t)
	}
	f := &flat{table: t, misfits: misfits{replace: job.Formatting.Unencodable == task.UnencodableReplace}}
	switch job.Format {
	case FormatJSON:
		f.encoder = newJSONEncoder(t, job.Report.Ref())
	case FormatJSONL:
		f.encoder = newJSONEncoder(t, "")
	case FormatCSV:
		if f.encoder, err = newCSVEncoder(t, job.Formatting, &f.misfits); err != nil {
			return nil, err
		}
	case FormatXML:
		f.encoder = newXMLEncoder(t, &f.misfits)
	case FormatXLSX:
		f.encoder, f.limit = newSheet(t), maxSheetRows
	default:
		return nil, fault.New(fault.InvalidSpec, "no writer for format %q", job.Format).WithField("format")
	}
	return f, nil
}

// flat renders reports of rows and columns.
type flat struct {
	encoder encoder
	table   *table
	limit   int64
	misfits misfits
}

func (f *flat) begin(dst []byte) []byte { return f.encoder.begin(dst) }

func (f *flat) end(dst []byte) ([]byte, int64, error) { return f.encoder.end(dst), 0, nil }

func (f *flat) maxRows() int64 { return f.limit }

func (f *flat) full() bool { return false }

func (f *flat) replaced() int { return f.table.doc.Replaced() + f.misfits.n }

func (f *flat) tracker() *tracker { return f.table.track }

func (f *flat) columns() []string { return f.table.headers() }

func (f *flat) record(dst []byte, rec source.Record, first bool) ([]byte, int64, error) {
	return f.rows(dst, first, func(yield func() error) error { return f.table.record(rec, yield) })
}

func (f *flat) removed(dst []byte, first bool) ([]byte, int64, error) {
	return f.rows(dst, first, f.table.removed)
}

func (f *flat) rows(dst []byte, first bool, each func(yield func() error) error) ([]byte, int64, error) {
	rows, before := int64(0), len(dst)
	f.misfits.n = 0
	err := each(func() (err error) {
		dst, err = f.encoder.row(dst, f.table.cells, first && rows == 0)
		if rows++; err == nil && len(dst)-before > mostOfRecord {
			err = tooMuchOf("")
		}
		return err
	})
	return dst, rows, err
}

// unreadable is a record that is no JSON, or that is withheld and says why.
func unreadable(raw []byte, err error) error {
	if why, withheld := source.WhyWithheld(raw); withheld {
		return &badValue{"", why}
	}
	return &badValue{"", "the record cannot be read: " + err.Error()}
}

// raw renders records unchanged, in the source's own envelope.
type raw struct {
	format   string
	envelope string
	name     string // before the key of a row: of a second file
	refuse   refusals
	key      []*path
	strict   bool // every part of the key must be there, not the first alone
	doc      jsonrec.Doc
	scope    scope
	track    *tracker
	rowKey   []byte
	compact  []byte
}

func newRaw(job Job) *raw {
	r := &raw{format: job.Format, envelope: job.Report.Envelope, track: newTracker(job.Track)}
	r.refuse = newRefusals(job.Report, &r.scope)
	for _, k := range job.Report.RowKey {
		r.key = append(r.key, compilePath(k, &r.scope))
	}
	return r
}

// beside returns what renders records of a second file, in an envelope of their own. Rows of both are
// tracked as one set: the file's name in their key tells them apart.
func (r *raw) beside(also *report.Also) *raw {
	other := &raw{format: r.format, envelope: also.File, name: also.File + ":", strict: true, track: r.track}
	for _, k := range also.Key {
		other.key = append(other.key, compilePath(k, &other.scope))
	}
	return other
}

func (r *raw) replaced() int { return r.doc.Replaced() }

func (r *raw) maxRows() int64 { return 0 }

func (r *raw) full() bool { return false }

func (r *raw) tracker() *tracker { return r.track }

func (r *raw) columns() []string { return nil }

// removed appends nothing: an envelope of records has no place to say it in.
func (r *raw) removed(dst []byte, _ bool) ([]byte, int64, error) { return dst, 0, nil }

func (r *raw) begin(dst []byte) []byte {
	if r.format == FormatJSONL {
		return dst
	}
	return append(append(jsonrec.AppendText(dst, []byte(r.envelope)), ':'), '[')
}

func (r *raw) end(dst []byte) ([]byte, int64, error) {
	if r.format != FormatJSONL {
		dst = append(dst, "\n]}\n"...)
	}
	return dst, 0, nil
}

// record reads the record to make sure that it is one, and writes its own bytes.
func (r *raw) record(dst []byte, rec source.Record, first bool) ([]byte, int64, error) {
	r.doc.Release()
	root, err := r.doc.Parse(rec.Raw)
	if err != nil {
		return dst, 0, unreadable(rec.Raw, err)
	}
	r.scope.reset(root, rec.FetchedAt)
	if err := r.refuse.check(&r.scope); err != nil {
		return dst, 0, err
	}
	r.rowKey = append(r.rowKey[:0], r.name...)
	for i, k := range r.key {
		part := k.text(&r.scope)
		switch {
		case part == nil && (i == 0 || r.strict):
			return dst, 0, &badValue{r.keyName(i), "has no value, and must have one"}
		case part == nil:
			part = []byte("-") // as of other reports
		}
		if i > 0 {
			r.rowKey = append(r.rowKey, ':')
		}
		r.rowKey = append(r.rowKey, part...)
	}
	if r.track != nil {
		r.compact = root.AppendCompact(r.compact[:0])
		if _, err := r.track.follow(r.rowKey, rowindex.Sum(r.compact)); err != nil {
			return dst, 0, err
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
