package report

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"transporter/internal/task"
)

// readVendors reads and checks the layouts.
func readVendors(files fs.FS, dir string) (all []Vendor, err error) {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries { // in the order of their names
		var v Vendor
		if err := decodeFile(files, path.Join(dir, e.Name()), &v); err != nil {
			return nil, err
		}
		if err := v.check(e.Name()); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		all = append(all, v)
	}
	return all, nil
}

// check holds a layout against its reports as a task that takes it would be.
func (v Vendor) check(file string) error {
	if v.ID+".yaml" != file || v.Title == "" || v.Doc == "" || len(v.Reports) == 0 || len(v.Formatting.Columns) > 0 {
		return errors.New("want id as the file is called, title, doc, reports, and no columns but those of reports")
	}
	if v.Formatting.BOM || v.Formatting.FormulaGuard {
		return errors.New("a task could not turn bom or formulaGuard off")
	}
	for _, f := range v.Reports {
		d, err := Get(f.Report, "")
		if err != nil {
			return err
		}
		name, err := task.ParseName(f.FileName)
		if err == nil {
			err = name.CheckUnique(task.Interval)
		}
		s := task.Spec{Report: f.Report, Format: v.Format, Formatting: v.Formatting, Parameters: v.Parameters}
		s.Formatting.Columns = f.Columns
		if err := errors.Join(err, task.CheckFile(s, d.FileRules()), d.CheckParameters(v.Parameters)); err != nil {
			return fmt.Errorf("%s: %w", f.Report, err)
		}
		if !d.Allows(v.Format) || !strings.Contains(f.FileName, "{to") || len(f.Columns) == 0 {
			return fmt.Errorf("%s: want a format of the report, columns, and a name with the end of the window", f.Report)
		}
	}
	return nil
}
