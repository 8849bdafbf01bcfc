package transform

import (
	"io"
	"strconv"
	"time"

	"transporter/internal/task"
	"transporter/internal/transform/jsonrec"
)

// HeadField is one field of the metadata header (T13). Number is true for values that
// JSON writes as numbers.
type HeadField struct {
	Name   string
	Value  string
	Number bool
}

// HeadValues are what a file's header may say. Records are rows for flat reports and
// top-level entries for raw ones; End is the window's end in the task's zone.
type HeadValues struct {
	Records     int64
	End         time.Time
	Part, Parts int
}

// HeadFields returns the fields that the task asks for, in its order. Names that are
// not fields of a header are left out: validation refuses them.
func HeadFields(h task.MetadataHeader, v HeadValues) []HeadField {
	all := map[string]HeadField{
		"recordCount": {Value: strconv.FormatInt(v.Records, 10), Number: true},
		"endDate":     {Value: v.End.Format(time.DateOnly)},
		"endTime":     {Value: v.End.Format(timeLayout)},
		"filePart":    {Value: strconv.Itoa(v.Part), Number: true},
		"totalParts":  {Value: strconv.Itoa(v.Parts), Number: true},
	}
	var out []HeadField
	for _, name := range h.Fields {
		if f, ok := all[name]; ok {
			f.Name = name
			out = append(out, f)
		}
	}
	return out
}

// Envelope makes a whole file of a part's body. The body is rendered before it is known how
// many parts there are, and is shared by all that deliver it; the envelope is what is only
// known when the file leaves. Without Fields there is no metadata header.
type Envelope struct {
	Format     string
	Formatting task.Formatting
	Fields     []HeadField
	Report     string // id@version
	Zone       string // that times are written in
}

// Envelope returns that of one of the parts of a job. end is what the metadata header gives
// as the window's end; its records are entries for raw reports, else rows.
func (j Job) Envelope(h task.MetadataHeader, info PartInfo, parts int, end time.Time) Envelope {
	v := HeadValues{Records: info.Rows, Part: info.Part, Parts: parts, End: end.In(j.Zone)}
	if j.Report.IsRaw() {
		v.Records = info.Entries
	}
	return Envelope{Format: j.Format, Formatting: j.Formatting, Fields: HeadFields(h, v), Report: j.Report.Ref(), Zone: j.Zone.String()}
}

// Body is what a PartWriter has taken, read from the start. Size and Tail (of PartInfo) are
// needed by Parquet only.
type Body struct {
	io.Reader
	Size, Tail int64
}

// Write streams the whole file. It holds no more of it than the footer of a Parquet file.
func (e Envelope) Write(dst io.Writer, body Body) error {
	switch e.Format {
	case FormatXLSX:
		return packXLSX(dst, e, body)
	case FormatParquet:
		return stampParquet(dst, e, body)
	}
	if _, err := dst.Write(e.Head()); err != nil {
		return err
	}
	_, err := io.Copy(dst, body)
	return err
}

// Contains reports whether the file is a container that Head says nothing of.
func (e Envelope) Contains() bool { return e.Format == FormatXLSX || e.Format == FormatParquet }

// utf8BOM is the byte order mark that some spreadsheets need to read UTF-8.
const utf8BOM = "\xef\xbb\xbf"

// xmlRows opens the document element of XML.
const xmlRows = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<rows xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` + "\n"

// Head returns what comes before the body of a text format: file = Head + body, valid with
// or without fields. CSV has "#name,value" lines, after the byte order mark if asked for;
// JSON Lines a first object {"_transporter":{…}}; JSON the opening brace and a first member
// "_transporter"; XML the opening <rows> and an element <metadata>. JSON takes no byte order
// mark (RFC 8259 §8.1).
func (e Envelope) Head() []byte {
	var dst []byte
	switch e.Format {
	case FormatCSV:
		return e.csvHead()
	case FormatJSONL:
		if len(e.Fields) > 0 {
			dst = append(appendHeadObject(append(dst, '{'), e.Fields), '}', '\n')
		}
	case FormatJSON:
		dst = append(dst, '{')
		if len(e.Fields) > 0 {
			dst = append(appendHeadObject(dst, e.Fields), ',')
		}
	case FormatXML:
		dst = append(dst, xmlRows...)
		if len(e.Fields) > 0 {
			dst = append(dst, "<metadata>"...)
			for _, f := range e.Fields {
				dst = append(dst, `<field name="`+f.Name+`">`+f.Value+`</field>`...)
			}
			dst = append(dst, "</metadata>\n"...)
		}
	}
	return dst
}

func (e Envelope) csvHead() []byte {
	var dst, lines []byte
	set := newCharset(e.Formatting.Encoding)
	if e.Formatting.BOM {
		dst = append(dst, set.mark()...)
	}
	for _, f := range e.Fields {
		lines = append(append(append(lines, '#'), f.Name...), delimiterOf(e.Formatting))
		lines = append(append(lines, f.Value...), newlineOf(e.Formatting)...)
	}
	dst, _ = set.append(dst, lines, nil) // fields are ASCII, which all encodings have
	return dst
}

func appendHeadObject(dst []byte, fields []HeadField) []byte {
	dst = append(dst, `"_transporter":{`...)
	for i, h := range fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jsonrec.AppendText(dst, []byte(h.Name)), ':')
		if h.Number {
			dst = append(dst, h.Value...)
		} else {
			dst = jsonrec.AppendText(dst, []byte(h.Value))
		}
	}
	return append(dst, '}')
}
