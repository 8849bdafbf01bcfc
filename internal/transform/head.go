package transform

import (
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

// utf8BOM is the byte order mark that some spreadsheets need to read UTF-8.
const utf8BOM = "\xef\xbb\xbf"

// Head returns what comes before a part's body: file = Head + body, valid with or
// without fields. CSV has "#name,value" lines, after the byte order mark if asked for;
// JSON Lines a first object {"_transporter":{…}}; JSON the opening brace and a first
// member "_transporter". JSON takes no byte order mark (RFC 8259 §8.1).
func Head(format string, f task.Formatting, fields []HeadField) []byte {
	var dst []byte
	switch format {
	case FormatCSV:
		if f.BOM {
			dst = append(dst, utf8BOM...)
		}
		for _, h := range fields {
			dst = append(append(append(dst, '#'), h.Name...), delimiterOf(f))
			dst = append(append(dst, h.Value...), newlineOf(f)...)
		}
	case FormatJSONL:
		if len(fields) > 0 {
			dst = append(appendHeadObject(append(dst, '{'), fields), '}', '\n')
		}
	case FormatJSON:
		dst = append(dst, '{')
		if len(fields) > 0 {
			dst = append(appendHeadObject(dst, fields), ',')
		}
	}
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
