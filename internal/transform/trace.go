package transform

import (
	"encoding/json"

	"transporter/internal/report"
)

// Trace says how the value of one cell came to be: enough to work it out again by hand.
// Values are as the source wrote them, with their place in the record.
type Trace struct {
	Report   string       `json:"report"`
	Row      string       `json:"row"` // its row key
	Column   string       `json:"column"`
	Doc      string       `json:"doc"`
	Type     report.Type  `json:"type"`
	Rules    report.Rules `json:"rule"`
	Record   string       `json:"record"`            // id of the source record
	Element  string       `json:"element,omitempty"` // the part of it that the row is of
	From     string       `json:"from"`              // path, concat, count or fact
	Tried    []Tried      `json:"tried,omitempty"`   // paths, in order
	Fact     *FactTrace   `json:"fact,omitempty"`
	Steps    []Step       `json:"steps,omitempty"`    // what was done to the values, in order
	AlsoNull []string     `json:"alsoNull,omitempty"` // texts that this column takes for null
	Zone     string       `json:"zone"`               // that times are written in
	// CountedIn are the source records that the row is made of, of reports whose rows are made of
	// several: the first maxCounted of them. Counted is how many there are.
	CountedIn []Counted `json:"countedIn,omitempty"`
	Counted   int       `json:"counted,omitempty"`
	// Cell is the value as JSON writes it.
	Cell json.RawMessage `json:"cell"`
}

// Counted is one source record, with every value that was read of it: more than one cell needs,
// since all cells of all rows are counted together.
type Counted struct {
	Resource string `json:"resource"`
	Record   string `json:"record"`          // its id
	Order    int64  `json:"order,omitempty"` // its place among the records: mostly its time, in epoch milliseconds
	Read     []Read `json:"read,omitempty"`
}

// maxCounted bounds Trace.CountedIn: enough to look into, little enough to read.
const maxCounted = 100

// Tried is one path and what it led to.
type Tried struct {
	Path    string `json:"path"`
	Skipped string `json:"skipped,omitempty"` // the parameter that would have to be true
	Values  []Read `json:"values,omitempty"`  // none: the record has nothing there
	Empty   bool   `json:"empty,omitempty"`   // the list is there and has no elements
}

// Read is one value of the source.
type Read struct {
	At    string          `json:"at"`
	Value json.RawMessage `json:"value"`
	Null  string          `json:"null,omitempty"` // why it was taken for null
}

// FactTrace is a derived value: its definition and every value that its code read.
type FactTrace struct {
	Name string `json:"name"`
	report.FactDoc
	Read []Read `json:"read,omitempty"`
}

// What a Step does.
const (
	StepWithout   = "without"   // With: the members that are left out
	StepConvert   = "convert"   // With: the converter
	StepMap       = "map"       // Value becomes Becomes
	StepLookup    = "lookup"    // Value is looked up in With, and Becomes is found
	StepOpen      = "open"      // rule N6: the state at With is Value; an open one Becomes null
	StepOtherwise = "otherwise" // rule N4: no value Becomes this
)

// Step is one thing that was done to a value.
type Step struct {
	Do      string          `json:"do"`
	With    string          `json:"with,omitempty"`
	Value   json.RawMessage `json:"value,omitempty"`
	Becomes json.RawMessage `json:"becomes,omitempty"`
}
