package feed

import (
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CountsTable is the feed in which a platform says how many rows each of its exports had.
const CountsTable = "export_row_counts"

// Counts are rows by export, before any is dropped. The zero value is not ready: make it.
type Counts map[countedExport]Count

type countedExport struct {
	date, job string
	interval  interval
}

// Count is how many rows a platform says that an export has.
type Count struct {
	Rows    int64
	Written time.Time // when it said so, by the storage's clock
}

// Add takes a line of the feed that was written at a time; one of a later file takes the place of an
// earlier one. A line that says no count is none: whoever reads the feed itself is told.
func (c Counts) Add(line []byte, written time.Time) {
	var row struct {
		Date     string          `json:"export_date"`
		Job      string          `json:"export_job"`
		Name     string          `json:"export_name"` // in an older definition
		Interval json.RawMessage `json:"export_interval"`
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
	export := countedExport{job: row.Job}
	export.date, export.interval = readExport(row.Date, textOf(row.Interval))
	if before, ok := c[export]; !ok || !written.Before(before.Written) {
		c[export] = Count{int64(rows), written}
	}
}

// textOf is the text of a value that is one, a number or null.
func textOf(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

// Of returns how many rows the platform says that the leaf has, as it said last; false if it does not
// say, or said it before the leaf was written as it is now, which its flag alone need not show. Jobs are
// named after the table or as the leaf's files.
func (c Counts) Of(l *Leaf) (newest Count, ok bool) {
	exported := l.newest()
	for _, job := range l.jobs() {
		for _, at := range l.intervals() {
			n, said := c[countedExport{l.Date, job, at}]
			if said && !n.Written.Before(exported) && (!ok || n.Written.After(newest.Written)) {
				newest, ok = n, true
			}
		}
	}
	return newest, ok
}

// Unclear reports whether the platform counts the rows of the leaf's table on its day by intervals of which
// it cannot be told which leaf is meant.
func (c Counts) Unclear(l *Leaf) bool {
	return slices.ContainsFunc(l.jobs(), func(job string) bool {
		_, ok := c[countedExport{l.Date, job, unknownInterval}]
		return ok
	})
}

// jobs are the names that the export of the leaf may have.
func (l *Leaf) jobs() []string {
	jobs := []string{l.Feed}
	for _, f := range l.Files {
		if name, _, ok := ParseName(path.Base(f.Key)); ok && !slices.Contains(jobs, name) {
			jobs = append(jobs, name)
		}
	}
	return jobs
}
