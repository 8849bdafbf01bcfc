package task

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of Formatting.Columns.
const (
	maxColumns = 400
	maxHeader  = 100 // code points
)

const (
	timeColumn    = "ts"         // type of columns that a mask is of
	columnSet     = "column_set" // parameter that says which columns are written, in the report's order
	systemColumns = "system_columns"
)

// columnFormats can name columns and write times as a task asks for; of others the report's schema
// says both.
var columnFormats = []string{"csv", "xlsx"}

// whole are the encodings that have every character.
var whole = []string{"", EncodingUTF8, EncodingUTF16LE, "gb18030"}

func (s Spec) checkTimesMask(p *problems) {
	if s.Formatting.Times == "" {
		return
	}
	const field = "formatting.times"
	_, err := ParseMask(field, s.Formatting.Times)
	p.add(err)
	if !slices.Contains(columnFormats, s.Format) {
		p.refuse(field, "times of %s are as its schema says", clip(s.Format)).
			WithFix("leave it out, or use one of the formats %s", strings.Join(columnFormats, ", "))
	}
}

func (s Spec) checkColumns(p *problems, r *ReportRules) {
	const field = "formatting.columns"
	columns := s.Formatting.Columns
	if len(columns) == 0 || r == nil {
		return
	}
	_, alsoSet := s.Parameters[columnSet]
	switch {
	case r.Raw:
		p.refuse(field, "%s delivers source records as they are: they have no columns", r.ID).WithFix("leave it out")
		return
	case !slices.Contains(columnFormats, s.Format):
		p.refuse(field, "columns of %s are as its schema says", clip(s.Format)).
			WithFix("use one of the formats %s, or choose columns with the parameter %s", strings.Join(columnFormats, ", "), columnSet)
		return
	case len(columns) > maxColumns:
		p.refuse(field, "%d columns are too many", len(columns)).WithFix("give at most %d", maxColumns)
		return
	case alsoSet:
		p.refuse("parameters."+columnSet, "formatting.columns says which columns are written").WithFix("remove one of them")
	}
	taken := map[string]string{}
	for i, c := range columns {
		at := index(field, i)
		if !c.checkColumn(p, at, r) {
			continue
		}
		c.checkTime(p, at, r)
		if by := r.Spread[c.Column]; s.isOn(by) {
			c.checkSpread(p, at, by, columns[:i])
			continue
		}
		s.Formatting.checkHeader(p, at, c)
		if other, ok := taken[c.Name()]; ok {
			p.refuse(at+".header", "%q is also the name of %s", clip(c.Name()), other).WithFix("give each column a header of its own")
			continue
		}
		taken[c.Name()] = at
	}
}

// checkColumn reports whether the report has the column.
func (c FileColumn) checkColumn(p *problems, at string, r *ReportRules) bool {
	if _, ok := r.Columns[c.Column]; ok {
		return true
	}
	names := slices.Sorted(maps.Keys(r.Columns))
	switch near := nearest(c.Column, names); {
	case c.Column == "":
		p.refuse(at+".column", "the column is missing").WithFix("name a column of %s", r.ID)
	case strings.HasPrefix(c.Column, "_"):
		p.refuse(at+".column", "%q is about the row itself and no column of %s", clip(c.Column), r.ID).
			WithFix("ask for such columns with the parameter %s; they come first", systemColumns)
	case near != "":
		p.refuse(at+".column", "%s has no column %q", r.ID, clip(c.Column)).WithFix("did you mean %s?", near)
	default:
		p.refuse(at+".column", "%s has no column %q", r.ID, clip(c.Column)).WithFix("use one of %s", strings.Join(names, ", "))
	}
	return false
}

// isOn reports whether the task sets the boolean parameter; its default is that it does not.
func (s Spec) isOn(parameter string) (on bool) {
	return parameter != "" && json.Unmarshal(s.Parameters[parameter], &on) == nil && on
}

// checkSpread wants a column in place of which there are several, by that parameter, once and under no header: the
// several have names of their own.
func (c FileColumn) checkSpread(p *problems, at, by string, before []FileColumn) {
	if n := slices.IndexFunc(before, func(b FileColumn) bool { return b.Column == c.Column }); n >= 0 {
		p.refuse(at+".column", "%s is also formatting.columns[%d], and parameters.%s has several columns written in its place", c.Column, n, by).
			WithFix("name it once, or leave the parameter out")
		return
	}
	if c.Header != "" {
		p.refuse(at+".header", "parameters.%s has several columns written in place of %s, which have names of their own", by, c.Column).
			WithFix("leave the header out, or the parameter")
	}
}

func (c FileColumn) checkTime(p *problems, at string, r *ReportRules) {
	if c.Time == "" {
		return
	}
	if typ := r.Columns[c.Column]; typ != timeColumn {
		p.refuse(at+".time", "%s is no time but of type %s", c.Column, typ).WithFix("leave the mask out, or take a column of type %s", timeColumn)
		return
	}
	_, err := ParseMask(at+".time", c.Time)
	p.add(err)
}

// checkHeader wants names that every reader takes for those of columns, in the file's encoding.
func (f Formatting) checkHeader(p *problems, at string, c FileColumn) {
	at += ".header"
	ascii := !strings.ContainsFunc(c.Header, func(r rune) bool { return r > unicode.MaxASCII })
	switch {
	case !utf8.ValidString(c.Header) || strings.ContainsFunc(c.Header, func(r rune) bool { return !unicode.IsPrint(r) }):
		p.refuse(at, "the header has characters that are not printed").WithFix("write it in one line, in UTF-8")
	case utf8.RuneCountInString(c.Header) > maxHeader:
		p.refuse(at, "the header has %d characters", utf8.RuneCountInString(c.Header)).WithFix("write at most %d", maxHeader)
	case strings.HasPrefix(c.Header, "_"):
		p.refuse(at, "names that begin with an underscore are those of columns about the row itself").WithFix("call it otherwise")
	case f.FormulaGuard && strings.ContainsAny(c.Header[:min(1, len(c.Header))], "=+-@"):
		p.refuse(at, "%q is a formula to spreadsheets, which formulaGuard is to keep away", clip(c.Header)).WithFix("begin it with a letter")
	case !ascii && !slices.Contains(whole, f.Encoding):
		p.refuse(at, "%s may not have all characters of %q", clip(f.Encoding), clip(c.Header)).
			WithFix("write it with letters without accents, or encode as %s", EncodingUTF8)
	}
}
