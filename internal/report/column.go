package report

import (
	"encoding/json"
	"strings"
)

// Type is the type of a column (docs/formats.md, values).
type Type string

// The column types. ID is text that is never written as a number; MS is elapsed
// milliseconds; List is a list of texts; JSON is any JSON value.
const (
	String Type = "string"
	ID     Type = "id"
	Int    Type = "int"
	Double Type = "dbl"
	Bool   Type = "bool"
	Time   Type = "ts"
	MS     Type = "ms"
	List   Type = "list"
	JSON   Type = "json"
)

// Rule is one null rule of the catalog.
type Rule string

// The null rules. N0: null when the source has no value. N1: also for the texts "",
// "undefined", "null" and "NA". N2: also for -1. N3: an average of nothing is null. N4:
// a count or list of nothing is 0 or empty, never null. N5: an id whose -1 is a real
// bucket and stays; otherwise as N1. N6: null while the conversation is open. NR: never
// null; a null sends the record to quarantine.
//
// The four texts of N1 are null in every column whose type is not string, under every
// rule: they are how the source spells a missing number, time or id.
const (
	N0 Rule = "N0"
	N1 Rule = "N1"
	N2 Rule = "N2"
	N3 Rule = "N3"
	N4 Rule = "N4"
	N5 Rule = "N5"
	N6 Rule = "N6"
	NR Rule = "NR"
)

// Rules are the null rules of one column, written "N2,N6" in data files.
type Rules []Rule

// Has reports whether the rule is among them.
func (r Rules) Has(rule Rule) bool {
	for _, x := range r {
		if x == rule {
			return true
		}
	}
	return false
}

// String returns the written form.
func (r Rules) String() string {
	s := make([]string, len(r))
	for i, x := range r {
		s[i] = string(x)
	}
	return strings.Join(s, ",")
}

// MarshalJSON writes the written form.
func (r Rules) MarshalJSON() ([]byte, error) { return json.Marshal(r.String()) }

// UnmarshalJSON reads the written form.
func (r *Rules) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*r = nil
	for _, x := range strings.Split(s, ",") {
		*r = append(*r, Rule(strings.TrimSpace(x)))
	}
	return nil
}

// Classes of columns that a task may leave out as a whole.
const (
	PII      = "pii"
	FreeText = "free_text"
)

// Column is one column of a flat report. Its value comes from exactly one of
//
//   - Path: the value at the first alternative that is not null;
//   - Concat: the texts at all paths, those that are null left out, joined by a space;
//   - Count: the number of values at the path;
//   - Fact: a derived value, defined in data/facts.yaml.
//
// It is then changed, in this order, by Without (an object loses these keys), Convert,
// Map with Else, and Lookup, read as Type, and checked against Rule.
type Column struct {
	Name     string            `json:"name"`
	Type     Type              `json:"type"`
	Rule     Rules             `json:"rule"`
	Class    string            `json:"class,omitempty"`
	Doc      string            `json:"doc"`
	Path     Alternatives      `json:"path,omitempty"`
	Concat   []string          `json:"concat,omitempty"`
	Count    string            `json:"count,omitempty"`
	Fact     string            `json:"fact,omitempty"`
	Without  []string          `json:"without,omitempty"`
	Convert  string            `json:"convert,omitempty"`
	When     *Condition        `json:"when,omitempty"` // Convert works only where it holds
	Map      map[string]string `json:"map,omitempty"`
	Else     string            `json:"else,omitempty"`
	Lookup   string            `json:"lookup,omitempty"`
	AlsoNull []string          `json:"alsoNull,omitempty"` // further texts that mean null
	Open     Alternatives      `json:"open,omitempty"`     // rule N6: instead of the report's Open
	Spread   *Spread           `json:"spread,omitempty"`   // several columns in place of this one
}

// Spread has several columns written in place of one, when the boolean parameter If is true: one
// of milliseconds for each name of the lookup Over, in order, called Prefix and the name in lower
// case, and Prefix and "other" for the rest. Their values are the list at Path, in that order.
type Spread struct {
	If     string `json:"if"`
	Over   string `json:"over"`
	Path   string `json:"path"`
	Prefix string `json:"prefix"`
}

// Condition holds where the text at Path equals Equals.
type Condition struct {
	Path   string `json:"path"`
	Equals string `json:"equals"`
}

// Converters. StripHTML works only when the parameter of that name is true.
const (
	ConvertJSON      = "json"       // text that holds JSON becomes that JSON; other text stays
	ConvertLength    = "length"     // text becomes its number of code points
	ConvertStripHTML = "strip_html" // tags removed, entities decoded
)

// What becomes of a value that Map does not name.
const (
	ElseNull  = "" // null
	ElseLower = "lower"
	ElseKeep  = "keep"
)

// Alternative is one path; with If it is tried only when that boolean parameter is true.
type Alternative struct {
	Path string `json:"path"`
	If   string `json:"if,omitempty"`
}

// Alternatives are tried in order; data files may write a single path as a text.
type Alternatives []Alternative

// UnmarshalJSON reads "path", ["path", …] or a list with objects.
func (a *Alternatives) UnmarshalJSON(b []byte) error {
	var many []json.RawMessage
	if json.Unmarshal(b, &many) != nil {
		many = []json.RawMessage{b}
	}
	*a = nil
	for _, m := range many {
		var one Alternative
		if json.Unmarshal(m, &one.Path) != nil {
			type plain Alternative
			if err := json.Unmarshal(m, (*plain)(&one)); err != nil {
				return err
			}
		}
		*a = append(*a, one)
	}
	return nil
}
