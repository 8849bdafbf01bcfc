package transform

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/transform/cell"
)

// Columns returns the columns of the report that the job writes, as its files call them, in order;
// those about the row itself, which come before them, aside.
func (j Job) Columns() (names []string) {
	written := j.written()
	for i := range j.Report.Columns {
		if c := &j.Report.Columns[i]; written(c) {
			names = append(names, c.Name)
		}
	}
	if len(j.Formatting.Columns) == 0 {
		return names
	}
	names = names[:0]
	for _, c := range j.Formatting.Columns {
		names = append(names, c.Name())
	}
	return names
}

// written tells which columns of the report are written: those of the formatting, else those that
// the parameter column_set asks for.
func (j Job) written() func(*report.Column) bool {
	if columns := j.Formatting.Columns; len(columns) > 0 {
		return func(c *report.Column) bool { return slices.ContainsFunc(columns, called(c.Name)) }
	}
	raw := j.Report.Effective(j.Params)[report.ParamColumnSet]
	var names []string
	if json.Unmarshal(raw, &names) == nil && names != nil {
		return func(c *report.Column) bool { return slices.Contains(names, c.Name) }
	}
	var set string
	_ = json.Unmarshal(raw, &set) // checked with the parameters; absent means all
	return func(c *report.Column) bool { return set != report.ColumnsImpersonal || c.Class == "" }
}

func called(name string) func(task.FileColumn) bool {
	return func(c task.FileColumn) bool { return c.Column == name }
}

// arrange puts the written columns in the order of the formatting, under its headers, and gives
// those of times their masks. Columns about the row itself stay first.
func (t *table) arrange() error {
	f := t.job.Formatting
	if own := t.fields[len(t.system):]; len(f.Columns) > 0 {
		fields := slices.Clone(t.fields[:len(t.system)])
		for _, c := range f.Columns {
			i := slices.IndexFunc(own, func(x field) bool { return x.name == c.Column })
			if i < 0 {
				return badColumn(t.job.Report, c.Column)
			}
			one := own[i]
			one.header = c.Header
			if err := one.masked(c.Time); err != nil {
				return err
			}
			fields = append(fields, one)
		}
		t.fields = fields
	}
	for i := range t.fields {
		x := &t.fields[i]
		if x.header = cmp.Or(x.header, x.name); x.mask != nil {
			continue
		}
		if err := x.masked(f.Times); err != nil {
			return err
		}
	}
	return nil
}

// headers are the names of the written columns, without those about the row itself.
func (t *table) headers() (names []string) {
	for _, x := range t.fields[len(t.system):] {
		names = append(names, x.header)
	}
	return names
}

// masked has times of the field written by the mask, if there is one.
func (f *field) masked(mask string) (err error) {
	if mask != "" && f.typ == report.Time {
		f.mask, err = task.ParseMask("formatting", mask)
	}
	return err
}

// appendMasked writes the moment of the cell by the mask.
func (f *field) appendMasked(dst []byte, c *cell.Cell, zone *time.Location) []byte {
	return f.mask.Append(dst, time.UnixMilli(c.Num).In(zone))
}
