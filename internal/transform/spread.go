package transform

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"transporter/internal/report"
	"transporter/internal/task"
)

// otherName is the column of what has none of its own.
const otherName = "other"

// spread is the job with several columns in place of one, if the task has it spread.
func (j Job) spread(lookups map[string]*lookup) Job {
	params := j.Report.Effective(j.Params)
	d, c := *j.Report, spreadColumn(j.Report)
	if c == nil || !isTrue(params, c.Spread.If) {
		return j
	}
	names := j.spreadColumns(c.Spread, spreadNames(lookups[c.Spread.Over]))
	var columns []report.Column
	for n, name := range names {
		one := report.Column{Name: name, Type: report.MS, Rule: report.Rules{report.N4}, Class: c.Class, Doc: c.Doc}
		one.Path = report.Alternatives{{Path: fmt.Sprintf("%s[%d]", c.Spread.Path, n)}}
		columns = append(columns, one)
	}
	i := slices.IndexFunc(d.Columns, func(x report.Column) bool { return x.Name == c.Name })
	d.Columns = slices.Replace(slices.Clone(d.Columns), i, i+1, columns...)
	j.Report = &d
	if i := slices.IndexFunc(j.Formatting.Columns, called(c.Name)); i >= 0 {
		var own []task.FileColumn
		for _, name := range names {
			own = append(own, task.FileColumn{Column: name})
		}
		j.Formatting.Columns = slices.Replace(slices.Clone(j.Formatting.Columns), i, i+1, own...)
	}
	var set []string
	if json.Unmarshal(params[report.ParamColumnSet], &set) == nil && slices.Contains(set, c.Name) {
		j.Params = maps.Clone(j.Params)
		j.Params[report.ParamColumnSet] = columnSet(append(set, names...))
	}
	return j
}

// columnSet is the parameter that has those columns written.
func columnSet(names []string) json.RawMessage {
	raw, err := json.Marshal(names)
	if err != nil {
		panic(fmt.Sprintf("marshal names of columns: %v", err)) // texts always marshal
	}
	return raw
}

// spreadNames are the different names of a lookup, in order.
func spreadNames(l *lookup) []string {
	names := map[string]bool{}
	for _, name := range l.texts {
		names[string(name)] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// spreadColumns names one column for each name and the last for all others; none is called like
// another of the report or of the file.
func (j Job) spreadColumns(s *report.Spread, names []string) (columns []string) {
	taken := map[string]bool{}
	for _, c := range j.Report.Columns {
		taken[c.Name] = true
	}
	for _, c := range j.Formatting.Columns {
		taken[c.Name()] = true
	}
	free := func(plain string) string {
		column := s.Prefix + plain
		for n := 2; taken[column]; n++ {
			column = fmt.Sprintf("%s%s_%d", s.Prefix, plain, n)
		}
		taken[column] = true
		return column
	}
	other := free(otherName)
	for _, name := range names {
		columns = append(columns, free(strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), "_")))
	}
	return append(columns, other)
}
