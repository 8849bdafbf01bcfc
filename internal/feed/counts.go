package feed

import (
	"encoding/json"
	"path"
	"strconv"
	"strings"
	"time"
)

// CountsTable is the feed in which a platform says how many rows each of its exports had.
const CountsTable = "export_row_counts"

// Counts are rows by export, before any is dropped. The zero value is not ready: make it.
type Counts map[countedExport]counted

type countedExport struct{ date, job, interval string }

type counted struct {
	rows    int64
	written time.Time // by the storage's clock
}

// Add takes a line of the feed that was written at a time; one of a later file takes the place of an
// earlier one. A line that says no count is none: whoever reads the feed itself is told.
func (c Counts) Add(line []byte, written time.Time) {
	var row struct {
		Date     string          `json:"export_date"`
		Job      string          `json:"export_job"`
		Name     string          `json:"export_name"` // in an older definition
		Interval string          `json:"export_interval"`
		Rows     json.RawMessage `json:"exported_rows"`
	}
	if json.Unmarshal(line, &row) != nil || len(row.Date) < len(time.DateOnly) {
		return
	}
	rows, err := strconv.ParseFloat(strings.Trim(string(row.Rows), `"`), 64) // whole numbers are exact up to 2^53
	if err != nil {
		return
	}
	if row.Job == "" {
		row.Job = row.Name
	}
	export := countedExport{row.Date[:len(time.DateOnly)], row.Job, row.Interval}
	if before, ok := c[export]; !ok || !written.Before(before.written) {
		c[export] = counted{int64(rows), written}
	}
}

// Of returns how many rows the platform says that the leaf has; false if it does not say, or said
// it before the leaf was written as it is now. What an interval looks like is not published: the end
// of the leaf's path is taken, as "hr=05", and nothing for a day. Jobs are named after the table or
// as the leaf's files.
func (c Counts) Of(l *Leaf) (rows int64, ok bool) {
	jobs := []string{l.Feed}
	for _, f := range l.Files {
		if name, _, ok := ParseName(path.Base(f.Key)); ok && name != l.Feed {
			jobs = append(jobs, name)
		}
	}
	interval := strings.TrimPrefix(strings.TrimPrefix(l.String(), "dt="+l.Date), "/")
	for _, job := range jobs {
		n, ok := c[countedExport{l.Date, job, interval}]
		if ok && (l.Success == nil || !n.written.Before(l.Success.Modified)) {
			return n.rows, true
		}
	}
	return 0, false
}
