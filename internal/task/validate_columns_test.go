package task

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

func columnSpec(edit func(*Spec)) (Spec, *ReportRules) {
	s := Spec{Report: "wfm.x", Format: "csv", Formatting: Formatting{Columns: []FileColumn{
		{Column: "interval_start", Header: "Date", Time: "yyyy-MM-dd"}, {Column: "interval_start", Header: "Time", Time: "HH:mm"}, {Column: "offered"},
	}}}
	if edit != nil {
		edit(&s)
	}
	return s, &ReportRules{ID: "wfm.x", Columns: map[string]string{"interval_start": "ts", "offered": "int", "skill_name": "string"}, Spread: map[string]string{"skill_name": "wide_skills"}}
}

func TestColumnsAreTaken(t *testing.T) {
	for name, edit := range map[string]func(*Spec){
		"as they are": nil,
		"as a sheet":  func(s *Spec) { s.Format = "xlsx" },
		"a mask":      func(s *Spec) { s.Formatting.Times = "MM/dd/yyyy HH:mm" },
		"no mask":     func(s *Spec) { s.Formatting.Columns[0].Time = "" },
		"accents":     func(s *Spec) { s.Formatting.Columns[0].Header = "Día" },
		"once, as several": func(s *Spec) {
			s.Formatting.Columns[2].Column, s.Parameters = "skill_name", map[string]json.RawMessage{"wide_skills": json.RawMessage("true")}
		},
		"twice, as one": func(s *Spec) {
			s.Formatting.Columns = append(s.Formatting.Columns, FileColumn{Column: "skill_name"}, FileColumn{Column: "skill_name", Header: "again"})
			s.Parameters = map[string]json.RawMessage{"wide_skills": json.RawMessage("false")}
		},
		"none": func(s *Spec) { s.Formatting.Columns, s.Format = nil, "parquet" },
	} {
		s, rules := columnSpec(edit)
		require.NoError(t, CheckFile(s, rules), name)
	}
}

func TestColumnsAreRefused(t *testing.T) {
	at := func(i int, edit func(*FileColumn)) func(*Spec) {
		return func(s *Spec) { edit(&s.Formatting.Columns[i]) }
	}
	for name, c := range map[string]struct {
		edit        func(*Spec)
		field, says string
	}{
		"a typing error":     {at(2, func(c *FileColumn) { c.Column = "ofered" }), "formatting.columns[2].column", "did you mean offered?"},
		"an unknown column":  {at(2, func(c *FileColumn) { c.Column = "messages" }), "formatting.columns[2].column", "use one of interval_start, offered, skill_name"},
		"no column":          {at(2, func(c *FileColumn) { c.Column = "" }), "formatting.columns[2].column", "missing"},
		"a system column":    {at(2, func(c *FileColumn) { c.Column = "_row_key" }), "formatting.columns[2].column", "parameter system_columns"},
		"the same header":    {at(1, func(c *FileColumn) { c.Header = "Date" }), "formatting.columns[1].header", "also the name of formatting.columns[0]"},
		"the same column":    {at(1, func(c *FileColumn) { *c = FileColumn{Column: "offered"} }), "formatting.columns[2].header", "also the name of formatting.columns[1]"},
		"a mask of a number": {at(2, func(c *FileColumn) { c.Time = "HH" }), "formatting.columns[2].time", "of type int"},
		"a bad mask":         {at(0, func(c *FileColumn) { c.Time = "DD" }), "formatting.columns[0].time", "no part of a mask"},
		"a system header":    {at(2, func(c *FileColumn) { c.Header = "_change" }), "formatting.columns[2].header", "underscore"},
		"a formula":          {func(s *Spec) { s.Formatting.FormulaGuard = true; s.Formatting.Columns[2].Header = "=1+1" }, "formatting.columns[2].header", "formulaGuard"},
		"a header of lines":  {at(2, func(c *FileColumn) { c.Header = "a\nb" }), "formatting.columns[2].header", "not printed"},
		"a long header":      {at(2, func(c *FileColumn) { c.Header = strings.Repeat("x", 101) }), "formatting.columns[2].header", "at most 100"},
		"accents that the encoding has not": {
			func(s *Spec) { s.Formatting.Columns[2].Header, s.Formatting.Encoding = "日", "windows-1252" },
			"formatting.columns[2].header",
			"encode as utf-8",
		},
		"a format with a schema": {func(s *Spec) { s.Format = "jsonl" }, "formatting.columns", "csv, xlsx"},
		"column_set too": {
			func(s *Spec) { s.Parameters = map[string]json.RawMessage{"column_set": json.RawMessage(`"all"`)} },
			"parameters.column_set",
			"remove one of them",
		},
		"several in its place, twice": {
			func(s *Spec) {
				s.Formatting.Columns = append(s.Formatting.Columns, FileColumn{Column: "skill_name"}, FileColumn{Column: "skill_name", Header: "again"})
				s.Parameters = map[string]json.RawMessage{"wide_skills": json.RawMessage("true")}
			},
			"formatting.columns[4].column",
			"skill_name is also formatting.columns[3], and parameters.wide_skills has several columns written in its place",
		},
		"several under a header": {
			func(s *Spec) {
				s.Formatting.Columns[2] = FileColumn{Column: "skill_name", Header: "Skills"}
				s.Parameters = map[string]json.RawMessage{"wide_skills": json.RawMessage("true")}
			},
			"formatting.columns[2].header",
			"leave the header out, or the parameter",
		},
		"too many":               {func(s *Spec) { s.Formatting.Columns = make([]FileColumn, 401) }, "formatting.columns", "at most 400"},
		"a mask of JSON":         {func(s *Spec) { s.Formatting = Formatting{Times: "HH:mm"}; s.Format = "json" }, "formatting.times", "csv, xlsx"},
		"a mask that says D for": {func(s *Spec) { s.Formatting.Times = "DD" }, "formatting.times", "no part of a mask"},
	} {
		t.Run(name, func(t *testing.T) {
			s, rules := columnSpec(c.edit)
			problems := Problems(CheckFile(s, rules))
			require.Len(t, problems, 1, "%v", problems)
			var e *fault.Error
			require.ErrorAs(t, problems[0], &e)
			require.Equal(t, fault.InvalidSpec, e.Kind)
			require.Equal(t, c.field, e.Field)
			require.ErrorContains(t, e, c.says)
		})
	}
	s, rules := columnSpec(nil)
	rules.Raw = true
	require.ErrorContains(t, CheckFile(s, rules), "have no columns")
}

// What a vendor's layout filled in decides the data; its name alone does not.
func TestVendorsNameIsNoData(t *testing.T) {
	a, _ := columnSpec(nil)
	b, _ := columnSpec(nil)
	b.Vendor = "verint"
	require.True(t, SameData(a, b))
	b.Formatting.Columns[0].Header = "Day"
	require.False(t, SameData(a, b))
}
