package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// Forms of output.
const (
	outputTable = "table"
	outputJSON  = "json"
)

// table is rows under a head.
type table struct {
	head []string
	rows [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// print writes the value as JSON, or the table of it.
func (a *app) print(value any, t table) error {
	if a.output == outputJSON {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(value)
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	if len(t.head) > 0 {
		_, _ = fmt.Fprintln(w, strings.ToUpper(strings.Join(t.head, "\t")))
	}
	for _, row := range t.rows {
		_, _ = fmt.Fprintln(w, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	return w.Flush()
}

// fields is one thing: a table of names and values; empty values are left out.
func fields(pairs ...string) table {
	var t table
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			t.add(pairs[i]+":", pairs[i+1])
		}
	}
	return t
}

// show prints one thing.
func (a *app) show(value any, pairs ...string) error { return a.print(value, fields(pairs...)) }

// say tells a person what happened; programs that read JSON are not told.
func (a *app) say(format string, args ...any) {
	if a.output != outputJSON {
		_, _ = fmt.Fprintf(a.out, format+"\n", args...)
	}
}

// when writes a time in the zone of this machine, with its offset.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05Z07:00")
}

func whenever(t *time.Time) string {
	if t == nil {
		return ""
	}
	return when(*t)
}
