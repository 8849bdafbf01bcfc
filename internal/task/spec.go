// Package task is the report task: its specification, validation, boundaries and
// windows. It is pure: no clock, no I/O, no zone data of the machine.
package task

import (
	"cmp"
	"encoding/json"
	"time"
)

// Spec is what an operator defines. Field names are those of the HTTP API.
type Spec struct {
	Description    string                     `json:"description"`
	Source         string                     `json:"source"`
	Report         string                     `json:"report"`
	Version        string                     `json:"version,omitempty"` // major.minor; newest when empty at creation
	Parameters     map[string]json.RawMessage `json:"parameters,omitempty"`
	Frequency      Frequency                  `json:"frequency"`
	Zone           string                     `json:"zone"` // IANA name
	Start          *time.Time                 `json:"start,omitempty"`
	End            *time.Time                 `json:"end,omitempty"`
	Delay          *Duration                  `json:"delay,omitempty"`  // nil: the report's default
	Vendor         string                     `json:"vendor,omitempty"` // tool for whose layout it was filled in, see report.Vendor
	Format         string                     `json:"format"`
	Formatting     Formatting                 `json:"formatting,omitzero"`
	MetadataHeader MetadataHeader             `json:"metadataHeader,omitzero"`
	Parts          Parts                      `json:"parts,omitzero"`
	Destinations   []Leg                      `json:"destinations"`
	EmptyResult    string                     `json:"emptyResult,omitempty"` // skip, header_only, empty_with_marker
	Expectation    string                     `json:"expectation,omitempty"` // never_empty, never_empty_on_weekdays
	Revisions      Revisions                  `json:"revisions,omitzero"`    // what becomes of late data
	Notify         *Notify                    `json:"notify,omitempty"`      // nil: as the account says
	Deadline       string                     `json:"deadline,omitempty"`    // "07:00" in the zone, or "45m" after the fire
	Wait           *Duration                  `json:"wait,omitempty"`        // for a platform that has not exported the window; nil: DefaultWait
}

// Notify says, for one task, who is told when; what is left empty is as the account says.
type Notify struct {
	When   string   `json:"when,omitempty"`   // none, failure, always
	Emails []string `json:"emails,omitempty"` // in place of the account's
}

// When people are told of a run.
const (
	NotifyNone    = "none"
	NotifyFailure = "failure"
	NotifyAlways  = "always"
)

// NotifyChoices are the values of Notify.When.
func NotifyChoices() []string { return []string{NotifyNone, NotifyFailure, NotifyAlways} }

// Expectations: an empty window that is not expected turns its run red.
const (
	NeverEmpty           = "never_empty"
	NeverEmptyOnWeekdays = "never_empty_on_weekdays" // windows that lie on Monday to Friday in the zone, at least by half
)

// Frequency kinds.
const (
	Once     = "once"
	Interval = "interval"
	Daily    = "daily"
	Weekly   = "weekly"
)

// Frequency says when boundaries fall. Every belongs to interval, At ("06:00") to daily
// and weekly, Weekday ("monday") to weekly.
type Frequency struct {
	Kind    string   `json:"kind"`
	Every   Duration `json:"every,omitempty"`
	At      string   `json:"at,omitempty"`
	Weekday string   `json:"weekday,omitempty"`
}

// String says in words how often: "once", "every 15m", "daily 06:00", "weekly monday 06:00".
func (f Frequency) String() string {
	switch f.Kind {
	case Interval:
		return "every " + f.Every.String()
	case Daily:
		return "daily " + f.At
	case Weekly:
		return "weekly " + f.Weekday + " " + f.At
	}
	return f.Kind
}

// Formatting is how values are written (T12).
type Formatting struct {
	ListDelimiter string `json:"listDelimiter,omitempty"` // joins list values; default |
	Delimiter     string `json:"delimiter,omitempty"`     // CSV; default ,
	Quotes        string `json:"quotes,omitempty"`        // CSV: all (default) or minimal
	Headers       string `json:"headers,omitempty"`       // CSV: always (default) or none
	BOM           bool   `json:"bom,omitempty"`           // byte order mark of utf-8 or utf-16le
	LineEnding    string `json:"lineEnding,omitempty"`    // crlf (default, RFC 4180) or lf
	FormulaGuard  bool   `json:"formulaGuard,omitempty"`  // ' before = + - @ tab CR
	Encoding      string `json:"encoding,omitempty"`      // CSV: one of Encodings; default utf-8
	Durations     string `json:"durations,omitempty"`     // CSV, XLSX, XML: columns of type ms as ms (default), seconds or hh:mm:ss
	Unencodable   string `json:"unencodable,omitempty"`   // characters that the format cannot hold: refuse (default) or replace
	Times         string `json:"times,omitempty"`         // CSV, XLSX: mask of columns of type ts, see Mask; default RFC 3339

	// Columns are, in CSV and XLSX, the columns of the report that are written, in this order; empty:
	// those that the report's parameters say. Columns about the row itself stay before them.
	Columns []FileColumn `json:"columns,omitempty"`
}

// FileColumn is a column of a file: one of the report, as the file has it. A report's column may come
// several times, such as once as a date and once as a time.
type FileColumn struct {
	Column string `json:"column"`
	Header string `json:"header,omitempty"` // default: the column's name
	Time   string `json:"time,omitempty"`   // mask of a column of type ts; default: Formatting.Times
}

// Name returns what the column is called in the file.
func (c FileColumn) Name() string { return cmp.Or(c.Header, c.Column) }

// MetadataHeader lists the fields written at the head of every file (T13):
// recordCount, endDate, endTime, filePart, totalParts. Empty: no header.
type MetadataHeader struct {
	Fields []string `json:"fields,omitempty"`
}

// Parts bounds a file (T24). Entries is the number of source records per file; zero
// takes the report's split size.
type Parts struct {
	Entries int `json:"entries,omitempty"`
}

// Leg is one destination of a task.
type Leg struct {
	Destination string     `json:"destination"`
	Path        string     `json:"path,omitempty"`
	Layout      string     `json:"layout,omitempty"`      // flat (default), partitioned
	FileName    string     `json:"fileName,omitempty"`    // flat: typed template, see NameTemplate
	Feed        string     `json:"feed,omitempty"`        // partitioned; empty: of the report
	FeedVersion string     `json:"feedVersion,omitempty"` // partitioned; empty: the report's major version
	Compression string     `json:"compression,omitempty"` // partitioned: none (default), gzip
	Encryption  Encryption `json:"encryption"`
	Verify      *int       `json:"verify,omitempty"` // level 0 to 3; nil: the best offered

	// FileNameElements is, for the flat layout, a choice in place of a template, see NameElements.
	FileNameElements []string `json:"fileNameElements,omitempty"`
}

// Encryption modes. There is no default: a task says pgp or none.
const (
	EncryptPGP  = "pgp"
	EncryptNone = "none"
)

// Encryption says to which keys of the account a leg's files are encrypted.
type Encryption struct {
	Mode  string   `json:"mode"`
	Keys  []string `json:"keys,omitempty"`
	Armor bool     `json:"armor,omitempty"` // as text, NAME.asc in the flat layout
	Sign  bool     `json:"sign,omitempty"`  // with the account's own key
}
