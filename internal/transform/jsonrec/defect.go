package jsonrec

// Defect is what makes a record unfit for derived values: a path and what it lacks.
type Defect struct{ Path, Reason string }

// Error says both.
func (d *Defect) Error() string { return d.Path + ": " + d.Reason }
