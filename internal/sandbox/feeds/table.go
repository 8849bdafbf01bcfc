package feeds

import (
	_ "embed" // tables
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// Table is what the pages say of one exported table.
type Table struct {
	Name     string
	Every    time.Duration // how often it is exported: Day, Hour or Window
	Snapshot bool          // its newest leaf alone is its state
	Job      string        // the export job, whose name differs for some tables

	Key, Order                 []string // of the page's query: partition by, order by … desc
	RepairedKey, RepairedOrder []string // empty: as the page says; an order goes before the page's
	Columns                    []Column
}

// How often tables are exported.
const (
	Day    = 24 * time.Hour
	Hour   = time.Hour
	Window = 15 * time.Minute // of workforce management
)

// Column is one member of a row.
type Column struct {
	Name    string
	Kind    Kind
	Values  []string // that were seen; nil: any
	Retired bool
}

// Kind says what a column's values are, however they are written.
type Kind string

// The kinds of columns.
const (
	Text    Kind = "text"
	ID      Kind = "id" // a number or text
	UUID    Kind = "uuid"
	Date    Kind = "date" // YYYY-MM-DD
	Moment  Kind = "ts"
	Int     Kind = "int"
	Decimal Kind = "decimal"
	Flag    Kind = "flag"   // true, 1, "1" or "true"
	Counts  Kind = "counts" // an object of numbers
	List    Kind = "list"
)

//go:embed messaging.yaml
var messagingYAML []byte

//go:embed exporter.yaml
var exporterYAML []byte

var messaging, exporter = mustRead(messagingYAML), mustRead(exporterYAML)

// Tables returns the tables of the messaging feeds, ascending by name. They must not be changed.
func Tables() []*Table { return messaging }

// ExporterTables returns those of the File Exporter API, likewise.
func ExporterTables() []*Table { return exporter }

// Find returns the messaging table of that name, nil if there is none.
func Find(name string) *Table {
	for _, t := range messaging {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// column returns the column of that name, nil if the table has none.
func (t *Table) column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// mustRead reads an embedded list of tables; a mistake in it shows in every test.
func mustRead(text []byte) (tables []*Table) {
	var list []struct {
		Name, Every, Columns, Job string
		Snapshot                  bool
		Key, Order                []string
		RepairedKey               []string `yaml:"repairedKey"`
		RepairedOrder             []string `yaml:"repairedOrder"`
	}
	if err := yaml.UnmarshalWithOptions(text, &list, yaml.Strict()); err != nil {
		panic(err)
	}
	for _, d := range list {
		t := &Table{
			Name: d.Name, Every: map[string]time.Duration{"1d": Day, "1h": Hour, "15m": Window}[d.Every], Snapshot: d.Snapshot, Job: d.Job,
			Key: d.Key, Order: d.Order, RepairedKey: d.RepairedKey, RepairedOrder: d.RepairedOrder,
		}
		if t.Job == "" {
			t.Job = t.Name
		}
		for _, word := range strings.Fields(d.Columns) {
			t.Columns = append(t.Columns, mustReadColumn(word))
		}
		tables = append(tables, t)
	}
	return tables
}

// mustReadColumn reads name:kind[=value|value][†].
func mustReadColumn(word string) Column {
	word, retired := strings.CutSuffix(word, "†")
	word, values, seen := strings.Cut(word, "=")
	name, kind, ok := strings.Cut(word, ":")
	if !ok {
		panic(fmt.Sprintf("column %q has no kind", word))
	}
	c := Column{Name: name, Kind: Kind(kind), Retired: retired}
	if seen {
		c.Values = strings.Split(values, "|")
	}
	return c
}
