package task

import (
	"errors"
	"slices"
	"strings"

	"transporter/internal/fault"
)

// choice is a member of Formatting that files of some formats alone heed. The delimiter of lists is none: in every
// format it stands between the lines of a transcript.
type choice struct {
	field, asked, usual string // usual: what it is without being asked for
	formats             []string
}

func (f Formatting) choices() []choice {
	csv, tables := []string{"csv"}, []string{"csv", "xlsx", "xml"}
	yes := map[bool]string{true: "true"}
	return []choice{
		{"delimiter", f.Delimiter, ",", csv},
		{"quotes", f.Quotes, QuotesAll, csv},
		{"lineEnding", f.LineEnding, LineCRLF, csv},
		{"encoding", f.Encoding, EncodingUTF8, csv},
		{"bom", yes[f.BOM], "", csv},
		{"formulaGuard", yes[f.FormulaGuard], "", csv},
		{"headers", f.Headers, HeadersAlways, tables},
		{"unencodable", f.Unencodable, UnencodableRefuse, []string{"csv", "xml"}},
	}
}

// checkHeeded refuses what files of the format would not be like: people would wait for an encoding that
// never comes.
func (f Formatting) checkHeeded(p *problems, format string) {
	for _, c := range f.choices() {
		field := "formatting." + c.field
		if format == "" || c.asked == "" || c.asked == c.usual || slices.Contains(c.formats, format) || p.name(field) {
			continue
		}
		p.refuse(field, "files of %s have no such choice", clip(format)).
			WithFix("leave it out, or use one of the formats %s", strings.Join(c.formats, ", "))
	}
}

// name reports whether one of the problems is about the field: no value of it needs two.
func (p *problems) name(field string) bool {
	return slices.ContainsFunc(*p, func(err error) bool {
		var f *fault.Error
		return errors.As(err, &f) && f.Field == field
	})
}
