package report

import (
	"bytes"
	"slices"

	"transporter/internal/task"
)

// Refill is Fill for a task that is edited. Another vendor, or another report in the layout of a vendor, takes the
// place of the former layout: what is still as that one says is filled in anew, and what the task says otherwise
// stays.
func Refill(s, former task.Spec) (task.Spec, error) {
	if s.Vendor == "" || s.Vendor == former.Vendor && s.Report == former.Report {
		return Fill(s)
	}
	emptied := s
	if v, err := GetVendor(former.Vendor); err == nil { // else no layout has filled anything, as far as anybody knows
		if of, err := v.file(former.Report); err == nil {
			emptied = v.emptied(s, of)
		}
	}
	filled, err := Fill(emptied)
	if err != nil {
		return s, err
	}
	return filled, nil
}

// emptied is the spec without what is as the layout says.
func (v Vendor) emptied(s task.Spec, of VendorFile) task.Spec {
	if s.Format == v.Format {
		s.Format = ""
	}
	for _, text := range texts(&s.Formatting, &v.Formatting) {
		if *text.own == *text.layout {
			*text.own = ""
		}
	}
	if slices.Equal(s.Formatting.Columns, of.Columns) {
		s.Formatting.Columns = nil
	}
	s.Parameters = emptiedParameters(s.Parameters, v.Parameters)
	s.Destinations = slices.Clone(s.Destinations)
	for i := range s.Destinations {
		if leg := &s.Destinations[i]; leg.FileName == of.FileName {
			leg.FileName = ""
		}
	}
	return s
}

func emptiedParameters(own, layout Params) Params {
	var out Params
	for name, value := range own {
		if said, ok := layout[name]; ok && bytes.Equal(said, value) {
			continue
		}
		if out == nil {
			out = Params{}
		}
		out[name] = value
	}
	return out
}
