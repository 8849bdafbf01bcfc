package docs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Class says what a change means for who reads the feed.
type Class string

// The classes.
const (
	Additive   Class = "additive"   // a column more
	Drift      Class = "drift"      // a column in the data that is not described
	Normal     Class = "normal"     // a column described that the data lack
	Retirement Class = "retirement" // a column or table on its way out
	Widening   Class = "widening"   // a type that holds more
	Breaking   Class = "breaking"   // what was read so far may be wrong from now on
	Cadence    Class = "cadence"    // another rhythm of exports
	Catalogue  Class = "catalogue"  // a table more or less
	Meaning    Class = "meaning"    // described in other words, the same in form
)

// What a change is of.
const (
	OfColumn      = "column"
	OfType        = "type"
	OfDeleted     = "deleted_date"
	OfEnd         = "end of life"
	OfPrimaryKey  = "primary_key"
	OfOrderingKey = "ordering_key"
	OfSyncTime    = "sync_time"
	OfTable       = "table"
	OfVersion     = "version"
	OfDescription = "description"
)

var actions = map[Class]string{
	Additive:   "the column is taken along, empty in earlier rows",
	Drift:      "kept in the report's column of that name, otherwise in the column extra",
	Normal:     "the column is empty",
	Retirement: "kept as it is; stop relying on it",
	Widening:   "taken as it is",
	Breaking:   "the feed is held until an operator releases this change",
	Cadence:    "when a leaf is late follows it",
	Catalogue:  "nothing happens by itself: a task for it is made or deleted by people",
	Meaning:    "look whether it still means the same",
}

// Change is one difference, with what is done about it. From and To are as they were written.
type Change struct {
	Feed    string `json:"feed"`
	Version string `json:"version"`
	Column  string `json:"column,omitempty"`
	Of      string `json:"of" doc:"What changed: column, type, deleted_date, end of life, primary_key, ordering_key, sync_time, table, version or description."`
	Class   Class  `json:"class" enum:"additive,drift,normal,retirement,widening,breaking,cadence,catalogue,meaning"`
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
	Action  string `json:"action" doc:"What is done about it."`
}

// newChange fills in the action.
func newChange(t Table, class Class, of, column, from, to string) Change {
	c := Change{Feed: t.Name, Version: t.Version, Column: column, Of: of, Class: class, From: from, To: to, Action: actions[class]}
	switch of {
	case OfVersion:
		c.Action = "it is read when a task asks for that version; the other goes on as long as it is exported"
	case OfPrimaryKey:
		c.Action += "; from then on it tells rows apart, and tables are made anew by it"
	case OfOrderingKey:
		c.Action += "; from then on it ranks rows of one key, and tables are made anew by it"
	}
	return c
}

// Holds reports whether the feed may not be read on before an operator has looked. A new version lies in a
// folder of its own and disturbs nobody.
func (c Change) Holds() bool { return c.Class == Breaking && c.Of != OfVersion }

// String is one line that a person reads.
func (c Change) String() string {
	what := label(c.Feed, c.Version)
	if c.Column != "" {
		what += "." + c.Column
	}
	return fmt.Sprintf("%s: %s (%s: %s)", what, c.says(), c.Class, c.Action)
}

func (c Change) says() string {
	switch {
	case c.Of == OfVersion && c.From == "":
		return "there is version " + c.To
	case c.Of == OfColumn && c.Class == Drift:
		return "is in the data and not described"
	case c.Of == OfColumn && c.Class == Normal:
		return "is described and not in the data"
	case c.Of == OfColumn && c.From == "", c.Of == OfTable && c.From == "":
		return strings.TrimSpace("new " + c.Of + " " + c.To)
	case c.Of == OfColumn, c.Of == OfTable:
		return c.Of + " no longer described"
	case c.Of == OfDescription:
		return "described in other words"
	}
	return fmt.Sprintf("%s %s → %s", c.Of, cmp.Or(c.From, "none"), cmp.Or(c.To, "none"))
}

// fewColumns is how many columns that a feed lacks are told one by one.
const fewColumns = 3

// Lines returns the changes as lines, those that hold a feed first, then what nobody has described. Columns that
// the data lack are one line where there are many, so that they hide nothing else.
func Lines(changes []Change) []string {
	var lines, lacking []string
	sorted := slices.Clone(changes)
	slices.SortStableFunc(sorted, func(a, b Change) int { return cmp.Compare(rank(a), rank(b)) })
	normal := func(c Change) bool { return c.Class == Normal }
	many := len(sorted)-len(slices.DeleteFunc(slices.Clone(sorted), normal)) > fewColumns
	for _, c := range sorted {
		if many && normal(c) {
			lacking = append(lacking, c.Column)
			continue
		}
		lines = append(lines, c.String())
	}
	if many {
		t := sorted[slices.IndexFunc(sorted, normal)]
		lines = append(lines, fmt.Sprintf("%s: %d columns are described and not in the data (%s: they are empty): %s",
			label(t.Feed, t.Version), len(lacking), Normal, strings.Join(lacking, ", ")))
	}
	return lines
}

func rank(c Change) int {
	switch {
	case c.Holds():
		return 0
	case c.Class == Drift:
		return 1
	}
	return 2
}

// NewVersion is the change that a folder version=… of a feed is new.
func NewVersion(feed, version string) Change {
	return newChange(Table{Name: feed, Version: version}, Breaking, OfVersion, "", "", version)
}
