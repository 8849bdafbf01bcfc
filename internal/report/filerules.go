package report

import "transporter/internal/task"

// FileRules returns what files of the report may look like.
func (d *Definition) FileRules() *task.ReportRules {
	rules := &task.ReportRules{ID: d.ID, Versions: []string{d.Version}, Formats: d.Formats, Raw: d.IsRaw(), Columns: d.columnTypes(), Spread: map[string]string{}}
	for i := range d.Columns {
		if c := &d.Columns[i]; c.Spread != nil {
			rules.Spread[c.Name] = c.Spread.If
		}
	}
	return rules
}

func (d *Definition) columnTypes() map[string]string {
	types := map[string]string{}
	for i := range d.Columns {
		types[d.Columns[i].Name] = string(d.Columns[i].Type)
	}
	return types
}
