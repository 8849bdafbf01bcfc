package report

import "transporter/internal/task"

// FileRules returns what files of the report may look like.
func (d *Definition) FileRules() *task.ReportRules {
	return &task.ReportRules{ID: d.ID, Versions: []string{d.Version}, Formats: d.Formats, Raw: d.IsRaw(), Columns: d.columnTypes()}
}

func (d *Definition) columnTypes() map[string]string {
	types := map[string]string{}
	for i := range d.Columns {
		types[d.Columns[i].Name] = string(d.Columns[i].Type)
	}
	return types
}
