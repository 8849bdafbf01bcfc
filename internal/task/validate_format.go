package task

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// HeaderFields are the values a metadata header may carry (T13).
func HeaderFields() []string {
	return []string{"recordCount", "endDate", "endTime", "filePart", "totalParts"}
}

// What is delivered for a window without rows.
const (
	EmptySkip       = "skip"              // nothing
	EmptyHeaderOnly = "header_only"       // a file without rows
	EmptyMarker     = "empty_with_marker" // the marker alone
)

// EmptyResults are the values of Spec.EmptyResult.
func EmptyResults() []string { return []string{EmptySkip, EmptyHeaderOnly, EmptyMarker} }

// Values of Formatting.
const (
	QuotesAll     = "all"
	QuotesMinimal = "minimal"
	HeadersAlways = "always"
	HeadersNone   = "none"
	LineCRLF      = "crlf"
	LineLF        = "lf"

	DurationsMS      = "ms"
	DurationsSeconds = "seconds"
	DurationsClock   = "hh:mm:ss"

	UnencodableRefuse  = "refuse"
	UnencodableReplace = "replace"
)

// Encodings that formatting can ask for.
const (
	EncodingUTF8    = "utf-8"
	EncodingUTF16LE = "utf-16le"
)

// Encodings returns the character encodings of CSV files.
func Encodings() []string {
	return []string{
		EncodingUTF8, EncodingUTF16LE, "windows-1250", "windows-1251", "windows-1252", "windows-1255", "windows-1256",
		"iso-8859-1", "iso-8859-15", "shift_jis", "gb18030",
	}
}

// csvDelimiters are the field separators that common readers detect.
var csvDelimiters = []string{",", ";", "\t", "|"}

const maxListDelimiter = 8 // code points; enough for " | " and its like

// CheckFile returns nil, or all that is wrong with how files of the spec are to be written, joined:
// each a fault.InvalidSpec with the field's name and what would be right.
func CheckFile(s Spec, r *ReportRules) error {
	var p problems
	s.checkFile(&p, r)
	return errors.Join(p...)
}

func (s Spec) checkFile(p *problems, r *ReportRules) {
	s.Formatting.check(p)
	s.Formatting.checkHeeded(p, s.Format)
	s.Formatting.checkDurations(p, s.Format)
	s.checkTimesMask(p)
	s.checkColumns(p, r)
	s.MetadataHeader.check(p)
}

func (f Formatting) check(p *problems) {
	if f.Delimiter != "" && !slices.Contains(csvDelimiters, f.Delimiter) {
		p.refuse("formatting.delimiter", "%q cannot separate CSV fields", clip(f.Delimiter)).
			WithFix("use a comma, semicolon, tab or vertical bar")
	}
	if f.ListDelimiter != "" {
		f.checkListDelimiter(p)
	}
	if f.Quotes != "" {
		p.oneOf("formatting.quotes", "quoting", f.Quotes, QuotesAll, QuotesMinimal)
	}
	if f.Headers != "" {
		p.oneOf("formatting.headers", "header policy", f.Headers, HeadersAlways, HeadersNone)
	}
	if f.LineEnding != "" {
		p.oneOf("formatting.lineEnding", "line ending", f.LineEnding, LineCRLF, LineLF)
	}
	if f.Encoding != "" {
		p.oneOf("formatting.encoding", "encoding", f.Encoding, Encodings()...)
	}
	if f.BOM && f.Encoding != "" && f.Encoding != EncodingUTF8 && f.Encoding != EncodingUTF16LE {
		p.refuse("formatting.bom", "%s has no byte order mark", clip(f.Encoding)).WithFix("leave bom out, or encode as %s", EncodingUTF8)
	}
	if f.Unencodable != "" {
		p.oneOf("formatting.unencodable", "choice", f.Unencodable, UnencodableRefuse, UnencodableReplace)
	}
}

// durationFormats can write durations in another unit; of others the schema says milliseconds.
var durationFormats = []string{"csv", "xlsx", "xml"}

func (f Formatting) checkDurations(p *problems, format string) {
	switch f.Durations {
	case "", DurationsMS:
		return
	case DurationsSeconds, DurationsClock:
	default:
		p.oneOf("formatting.durations", "unit of durations", f.Durations, DurationsMS, DurationsSeconds, DurationsClock)
		return
	}
	if !slices.Contains(durationFormats, format) {
		p.refuse("formatting.durations", "durations of %s are whole milliseconds", clip(format)).
			WithFix("leave it out, or use one of the formats %s", strings.Join(durationFormats, ", "))
	}
}

func (f Formatting) checkListDelimiter(p *problems) {
	d := f.ListDelimiter
	switch {
	case !utf8.ValidString(d) || utf8.RuneCountInString(d) > maxListDelimiter:
		p.refuse("formatting.listDelimiter", "the delimiter of lists is too long").
			WithFix("use at most %d characters", maxListDelimiter)
	case strings.ContainsFunc(d, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }):
		p.refuse("formatting.listDelimiter", "the delimiter of lists contains a line break or control character").
			WithFix(`use one such as "|"`)
	case strings.Contains(d, `"`):
		p.refuse("formatting.listDelimiter", "the delimiter of lists contains a double quote").WithFix(`use one such as "|"`)
	}
}

func (h MetadataHeader) check(p *problems) {
	seen := map[string]bool{}
	for i, f := range h.Fields {
		field := index("metadataHeader.fields", i)
		p.oneOf(field, "header field", f, HeaderFields()...)
		if seen[f] {
			p.refuse(field, "%q is listed twice", clip(f)).WithFix("list each field once")
		}
		seen[f] = true
	}
}
