// Package report is the catalog: every report is one data file under data/, read and
// checked when the catalog is first asked for. The package says what a report is;
// package transform renders it.
//
// To add a report, add its file. A new minor version, which adds columns at the end or mends
// a fault, replaces the file: tasks of that major go on with it. A new major replaces it too; the
// major before is kept as ID@MAJOR.yaml for as long as it is shipped.
//
// A column takes its value from exactly one of path,
// concat, count or fact; see Column. A derived value that a path cannot express is a
// fact: its definition is in data/facts.yaml, its implementation in package transform.
package report

import (
	"encoding/json"
	"strings"
	"time"

	"transporter/internal/task"
)

// Definition is one report as its data file states it.
type Definition struct {
	ID           string            `json:"id"`
	Title        string            `json:"title"`
	Category     string            `json:"category"` // historical_business, historical_raw, wfm_raw, wfm_business, account_config, connector, feed
	SourceAPI    string            `json:"sourceApi"`
	Grain        string            `json:"grain"`   // what one row is
	Version      string            `json:"version"` // major.minor
	Doc          string            `json:"doc"`
	Formats      []string          `json:"formats"`
	MinInterval  task.Duration     `json:"minInterval"`
	MaxWindow    task.Duration     `json:"maxWindow,omitempty"` // what a fold holds of a longer one may be more than a step may hold; zero: of any length
	DefaultDelay task.Duration     `json:"defaultDelay"`
	Reach        Reach             `json:"reach"`
	Backfill     bool              `json:"backfill"`        // a start in the past is allowed
	Sweep        bool              `json:"sweep,omitempty"` // neighbouring windows may be read in one query and cut
	Split        int               `json:"split"`           // source records per file
	Feed         *Feed             `json:"feed,omitempty"`  // the exported table that it is of; nil: it is of none
	Resource     string            `json:"resource"`        // source.Query.Resource
	Content      []string          `json:"content,omitempty"`
	Query        Params            `json:"query,omitempty"`    // parameters of source.Query that no task chooses
	Also         []Also            `json:"also,omitempty"`     // what the fold takes before the records of Resource
	Envelope     string            `json:"envelope,omitempty"` // raw reports: the key of the record array in JSON
	Provenance   string            `json:"provenance"`         // live, historical; or the path of what a fold says of the row
	Family       string            `json:"family,omitempty"`   // whose facts the columns may name
	Fold         string            `json:"fold,omitempty"`     // what makes one record of several, before columns are read
	Lead         task.Duration     `json:"lead,omitempty"`     // stateful: how far before its first window a task reads
	RowKey       []string          `json:"rowKey"`             // columns that identify a row
	Order        string            `json:"order"`              // canonical order of rows, in words
	Open         Alternatives      `json:"open,omitempty"`     // rule N6: open while this value is OPEN
	Rows         *Rows             `json:"rows,omitempty"`     // nil: one row a record
	Refuse       []Refusal         `json:"refuse,omitempty"`   // records that must not be delivered
	Lookups      map[string]Lookup `json:"lookups,omitempty"`
	Columns      []Column          `json:"columns,omitempty"`
	Parameters   []Parameter       `json:"parameters,omitempty"`

	// Joins are the config resources that Lookups read, sorted; they are fetched once a
	// run, beside Resource.
	Joins []string `json:"joins,omitempty"`
}

// Rows says how a record becomes rows: one for each element of the array at Path, in
// the order of the Sort paths, or one for each row of the derived rows Of, which
// data/facts.yaml defines, in their order. Rows for which the fact Skip holds are left
// out unless the boolean parameter Unless is true.
//
// Numbered is for rows that the source may send twice in one record, or without the ids
// that would tell them apart: of those with the same row key all but the first have
// ":2", ":3", … after it.
type Rows struct {
	Path     string   `json:"path,omitempty"`
	Of       string   `json:"of,omitempty"`
	Sort     []string `json:"sort,omitempty"`
	Skip     string   `json:"skip,omitempty"`
	Unless   string   `json:"unless,omitempty"`
	Numbered bool     `json:"numbered,omitempty"`
}

// Name returns what facts about these rows name in `of`: the derived rows or the path.
func (r *Rows) Name() string {
	switch {
	case r == nil:
		return ""
	case r.Of != "":
		return r.Of
	}
	return r.Path
}

// Refusal sends a record to quarantine when the boolean at Path is true. The text at Because, if
// the record has one, is the reason that is given.
type Refusal struct {
	Path    string `json:"path"`
	Reason  string `json:"reason"`
	Because string `json:"because,omitempty"`
}

// Lookup is a map built from a config resource: from every value at Key to the value at
// Value, with All to those of all records that have the key (for lists), or with Count to
// the number of records that have it. Records whose boolean at Unless is true, and those for
// which one of When does not hold, are left out. Map replaces codes by names.
//
// With At it is for facts: it holds the whole numbers at Value, each of the moment at At, of the
// records that have both the value at Key, which is the id of one of the report's own records,
// and that at With.
type Lookup struct {
	Resource string            `json:"resource"`
	Key      string            `json:"key"`
	With     string            `json:"with,omitempty"`
	At       string            `json:"at,omitempty"`
	Value    string            `json:"value,omitempty"`
	Count    bool              `json:"count,omitempty"`
	All      bool              `json:"all,omitempty"`
	Unless   string            `json:"unless,omitempty"`
	When     []Condition       `json:"when,omitempty"`
	Map      map[string]string `json:"map,omitempty"`
}

// IsRaw reports whether the report delivers source records unchanged.
func (d *Definition) IsRaw() bool { return d.Envelope != "" }

// Files are the kinds of files that a delivery of the report may have: "" is of its own records, any
// other a second file.
func (d *Definition) Files() []string {
	files := []string{""}
	for _, a := range d.Also {
		if a.File != "" {
			files = append(files, a.File)
		}
	}
	return files
}

// Stateful reports whether rows depend on records of the windows before: each window goes on
// from what the one before it left.
func (d *Definition) Stateful() bool { return d.Lead > 0 }

// Final says why a window cannot be read again later for what has changed since; empty: it
// can.
func (d *Definition) Final() string {
	if d.Reach == Snapshot {
		return "it shows the state as it is when it is read"
	}
	return ""
}

// Revisable returns the oldest moment of which the source still knows at now, or a first reading
// has left, all that rows are made of; false where there is no limit but that of a snapshot.
func (d *Definition) Revisable(params Params, now time.Time) (time.Time, bool) {
	oldest, bounded := d.Reach.Since(now)
	for i := range d.Also {
		a := &d.Also[i]
		if a.Live || a.Within == "" || !d.Wants(a, params) {
			continue
		}
		if since, ok := a.Within.Since(now); ok && (!bounded || since.After(oldest)) {
			oldest, bounded = since, true
		}
	}
	return oldest, bounded
}

// ProvenancePath is where the fold of the report says how a row came to be; empty if all rows
// came to be alike.
func (d *Definition) ProvenancePath() string {
	if strings.HasPrefix(d.Provenance, "$") {
		return d.Provenance
	}
	return ""
}

// Ref returns "id@version".
func (d *Definition) Ref() string { return d.ID + "@" + d.Version }

// Column returns the column of that name, or nil.
func (d *Definition) Column(name string) *Column {
	for i := range d.Columns {
		if d.Columns[i].Name == name {
			return &d.Columns[i]
		}
	}
	return nil
}

// Allows reports whether the report can be written in the format.
func (d *Definition) Allows(format string) bool {
	for _, f := range d.Formats {
		if f == format {
			return true
		}
	}
	return false
}

// Schema returns the JSON Schema of the report's parameters object.
func (d *Definition) Schema() map[string]any {
	props := map[string]any{}
	for _, p := range d.Parameters {
		props[p.Name] = p.describedSchema()
	}
	return map[string]any{
		"type": "object", "properties": props, "additionalProperties": false,
	}
}

// Params are the parameters of a task as the HTTP API took them.
type Params = map[string]json.RawMessage
