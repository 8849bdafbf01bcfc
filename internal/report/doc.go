package report

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Document is a report's documentation for people: what starter report page writes, as JSON or with
// Markdown as a page.
type Document struct {
	ID           string         `json:"id"`
	Title        string         `json:"title"`
	Category     string         `json:"category"`
	SourceAPI    string         `json:"sourceApi"`
	Grain        string         `json:"grain"`
	Version      string         `json:"version"`
	Doc          string         `json:"doc"`
	Formats      []string       `json:"formats"`
	MinInterval  string         `json:"minInterval"`
	MaxWindow    string         `json:"maxWindow,omitempty"`
	DefaultDelay string         `json:"defaultDelay"`
	Reach        Reach          `json:"reach"`
	Backfill     bool           `json:"backfill"`
	Split        int            `json:"split"`
	RowKey       []string       `json:"rowKey"`
	Order        string         `json:"order"`
	Feed         *Feed          `json:"feed,omitempty"`
	Content      []string       `json:"content,omitempty"`
	Resource     string         `json:"resource"` // whose records starter render takes; others go with --join
	Also         []string       `json:"also,omitempty"`
	Joins        []string       `json:"joins,omitempty"`
	Vendors      []string       `json:"vendors,omitempty"`
	Columns      []ColumnDoc    `json:"columns,omitempty"`
	Parameters   []ParameterDoc `json:"parameters"`
	Schema       map[string]any `json:"parametersSchema"`
}

// ColumnDoc documents a column. Source is its path or formula, in words.
type ColumnDoc struct {
	Name   string `json:"name"`
	Type   Type   `json:"type"`
	Rule   Rules  `json:"rule"`
	Class  string `json:"class,omitempty"`
	Doc    string `json:"doc"`
	Source string `json:"source"`
}

// ParameterDoc documents a parameter. Refused are known values that this version does
// not serve, with the reason.
type ParameterDoc struct {
	Name    string            `json:"name"`
	Doc     string            `json:"doc"`
	Schema  Schema            `json:"schema"`
	Default json.RawMessage   `json:"default,omitempty"`
	Refused map[string]string `json:"refused,omitempty"`
}

// Doc returns the documentation of a report.
func Doc(d *Definition) Document {
	doc := Document{
		ID: d.ID, Title: d.Title, Category: d.Category, SourceAPI: d.SourceAPI, Grain: d.Grain, Version: d.Version, Doc: d.Doc,
		Formats: d.Formats, MinInterval: d.MinInterval.String(), DefaultDelay: d.DefaultDelay.String(), Reach: d.Reach,
		Backfill: d.Backfill, Split: d.Split, RowKey: d.RowKey, Order: d.Order, Feed: d.Feed, Content: d.Content, Resource: d.Resource, Joins: d.Joins,
		Schema: d.Schema(), MaxWindow: d.LongestWindow(), Vendors: VendorsOf(d.ID),
	}
	for _, a := range d.Also {
		doc.Also = append(doc.Also, a.Resource)
	}
	facts := Facts(d.Family)
	for i := range d.Columns {
		c := &d.Columns[i]
		doc.Columns = append(doc.Columns, ColumnDoc{c.Name, c.Type, c.Rule, c.Class, c.Doc, c.source(d, facts)})
	}
	for _, p := range d.Parameters {
		doc.Parameters = append(doc.Parameters, ParameterDoc{p.Name, p.Doc, p.Schema, p.Default, p.Refused})
	}
	return doc
}

// LongestWindow is MaxWindow in words; empty where windows may be of any length.
func (d *Definition) LongestWindow() string {
	if d.MaxWindow == 0 {
		return ""
	}
	return d.MaxWindow.String()
}

// source tells where the value of the column comes from.
func (c *Column) source(d *Definition, facts map[string]FactDoc) string {
	var s string
	switch {
	case c.Fact != "":
		s = facts[c.Fact].Doc
		if rule := facts[c.Fact].Rule; rule != "" {
			s += " (" + rule + ")"
		}
	case c.Count != "":
		s = "number of `" + c.Count + "`"
	case len(c.Concat) > 0:
		s = "`" + strings.Join(c.Concat, "` and `") + "`, joined by a space"
	default:
		s = c.Path.String()
	}
	if l, ok := d.Lookups[c.Lookup]; ok && l.Count {
		s += ", counted in " + l.Resource + " by `" + l.Key + "`"
	} else if ok {
		s += ", looked up in " + l.Resource + " (`" + l.Value + "`)"
	}
	if len(c.Without) > 0 {
		s += ", without " + strings.Join(c.Without, ", ")
	}
	return s
}

// String returns the paths in the order in which they are tried.
func (a Alternatives) String() string {
	parts := make([]string, len(a))
	for i, x := range a {
		parts[i] = "`" + x.Path + "`"
		if x.If != "" {
			parts[i] += " (with " + x.If + ")"
		}
	}
	return strings.Join(parts, ", else ")
}

// Markdown returns the page of a report.
func (d Document) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s\n\n%s\n\n", d.ID, d.Title, d.Doc)
	fmt.Fprintf(&b, "| | |\n|---|---|\n")
	for _, line := range [][2]string{
		{"version", d.Version},
		{"category", d.Category},
		{"source API", d.SourceAPI},
		{"table", d.table()},
		{"one row", d.Grain},
		{"formats", strings.Join(d.Formats, ", ")},
		{"least interval", d.MinInterval},
		{"longest window", d.MaxWindow},
		{"default delay", d.DefaultDelay},
		{"reach", string(d.Reach)},
		{"start in the past", map[bool]string{true: "yes", false: "no"}[d.Backfill]},
		{"source records a file", fmt.Sprint(d.Split)},
		{"row key", strings.Join(d.RowKey, ", ")},
		{"row key of dedupe repaired", strings.Join(d.repaired(), ", ")},
		{"order", d.Order},
		{"content retrieved", strings.Join(d.Content, ", ")},
		{"made of", d.Resource},
		{"made with", strings.Join(d.Also, ", ")},
		{"joined with", strings.Join(d.Joins, ", ")},
		{"vendor layouts", strings.Join(d.Vendors, ", ")},
	} {
		if line[1] != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", line[0], inTable(line[1]))
		}
	}
	d.markdownParameters(&b)
	if len(d.Columns) > 0 {
		fmt.Fprintf(&b, "\n## Columns\n\n| column | type | null | class | what it is | source |\n|---|---|---|---|---|---|\n")
	}
	for _, c := range d.Columns {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", c.Name, c.Type, c.Rule, c.Class, inTable(c.Doc), inTable(c.Source))
	}
	if len(d.Columns) > 0 {
		d.markdownRules(&b)
	}
	return b.String()
}

// table is the exported table that the report is of, in words; empty if it is of none.
func (d Document) table() string {
	if d.Feed == nil {
		return ""
	}
	words := "`" + d.Feed.Table + "`, exported every " + d.Feed.Every.String()
	if d.Feed.Snapshot {
		words += ", each time as a whole"
	}
	if d.Feed.Door != "" {
		words += "; only through the door " + d.Feed.Door
	}
	return words
}

func (d Document) repaired() []string {
	if d.Feed == nil {
		return nil
	}
	return d.Feed.Repaired
}

func (d Document) markdownParameters(b *strings.Builder) {
	if len(d.Parameters) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## Parameters\n\n| parameter | default | what it does |\n|---|---|---|\n")
	for _, p := range d.Parameters {
		shown := "–"
		if p.Default != nil {
			shown = "`" + string(p.Default) + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", p.Name, inTable(shown), inTable(p.Doc))
	}
}

// inTable makes a text fit for a cell of a Markdown table.
func inTable(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(s), "|", `\|`), "\n", " ")
}
