package report

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/task"
)

// Fill returns the spec with what its vendor's layout says wherever it says nothing itself; without a
// vendor the spec. A layout that does not fit the task is fault.InvalidSpec on the field.
func Fill(s task.Spec) (task.Spec, error) {
	if s.Vendor == "" {
		return s, nil
	}
	v, err := GetVendor(s.Vendor)
	if err != nil {
		var f *fault.Error
		errors.As(err, &f)
		return s, fault.New(fault.InvalidSpec, "%s", f.Message).WithField(f.Field).WithFix("%s", f.Fix)
	}
	of, err := v.file(s.Report)
	if err != nil {
		return s, err
	}
	if s.Format != "" && s.Format != v.Format {
		return s, fault.New(fault.InvalidSpec, "the layout of %s is one of %s", v.ID, v.Format).WithField("format").WithFix("leave the format out, or the vendor")
	}
	if s.Revisions.Mode == task.RevisionsChanges {
		return s, fault.New(fault.InvalidSpec, "a tool that takes the layout of %s reads whole files, not what changed in them", v.ID).
			WithField("revisions.mode").WithFix("choose %s", task.RevisionsFull)
	}
	s.Format = v.Format
	s.Formatting = fillFormatting(s.Formatting, v.Formatting, of.Columns)
	s.Parameters = fillParameters(s.Parameters, v.Parameters)
	s.Destinations = slices.Clone(s.Destinations)
	for i := range s.Destinations {
		leg := &s.Destinations[i]
		if leg.Layout != task.LayoutPartitioned && len(leg.FileNameElements) == 0 {
			leg.FileName = cmp.Or(leg.FileName, of.FileName)
		}
	}
	return s, nil
}

// file is the layout of the report's files.
func (v Vendor) file(id string) (VendorFile, error) {
	var known []string
	for _, f := range v.Reports {
		if f.Report == id {
			return f, nil
		}
		known = append(known, f.Report)
	}
	return VendorFile{}, fault.New(fault.InvalidSpec, "%s has no layout of %s", v.ID, cmp.Or(id, "no report")).
		WithField("vendor").WithFix("use it with one of %s", strings.Join(known, ", "))
}

// fillFormatting takes from the layout what f leaves empty.
func fillFormatting(f, layout task.Formatting, columns []task.FileColumn) task.Formatting {
	for _, text := range texts(&f, &layout) {
		*text.own = cmp.Or(*text.own, *text.layout)
	}
	if len(f.Columns) == 0 {
		f.Columns = slices.Clone(columns)
	}
	return f
}

// member is a text of a formatting, of the task's own and of the layout's.
type member struct{ own, layout *string }

// texts are the members that a layout fills in.
func texts(f, layout *task.Formatting) []member {
	return []member{
		{&f.ListDelimiter, &layout.ListDelimiter},
		{&f.Delimiter, &layout.Delimiter},
		{&f.Quotes, &layout.Quotes},
		{&f.Headers, &layout.Headers},
		{&f.LineEnding, &layout.LineEnding},
		{&f.Encoding, &layout.Encoding},
		{&f.Durations, &layout.Durations},
		{&f.Unencodable, &layout.Unencodable},
		{&f.Times, &layout.Times},
	}
}

func fillParameters(own, layout Params) Params {
	out := maps.Clone(layout)
	if out == nil {
		return own
	}
	maps.Copy(out, own)
	return out
}
