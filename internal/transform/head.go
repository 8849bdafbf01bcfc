package transform

import "transporter/internal/task"

// HeadField is one field of the metadata header (T13).
type HeadField struct{ Name, Value string }

// HeadFields is under construction.
func HeadFields(h task.MetadataHeader) []HeadField { return nil }

// Head is under construction.
func Head(format string, f task.Formatting, fields []HeadField) []byte { return nil }
