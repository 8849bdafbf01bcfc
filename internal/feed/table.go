package feed

import (
	_ "embed"
	"slices"

	"github.com/goccy/go-yaml"
)

// Table is the rule of an exported table: what tells its rows apart, and which of several counts.
type Table struct {
	Name          string            `yaml:"name"`
	Cadence       Cadence           `yaml:"cadence"`
	Key           []string          `yaml:"key"`            // as published
	Order         []string          `yaml:"order"`          // as published, each descending, nulls last; none: the latest run counts
	RepairedKey   []string          `yaml:"repaired_key"`   // nil: as published
	RepairedOrder []string          `yaml:"repaired_order"` // before Order
	Snapshot      bool              `yaml:"snapshot"`       // each leaf is the whole table: what it lacks is gone
	Aliases       map[string]string `yaml:"aliases"`        // older names of columns
	Notes         []string          `yaml:"notes"`

	kinds map[string]Kind // of columns, see KeyedBy
}

// Mode says by which rule rows are de-duplicated.
type Mode string

// The modes.
const (
	Reference Mode = "reference" // by the published key and order
	Repaired  Mode = "repaired"  // by those that lose nothing where the published ones do
)

// KeyOf returns the columns that tell rows apart.
func (t Table) KeyOf(m Mode) []string {
	if m == Repaired && t.RepairedKey != nil {
		return t.RepairedKey
	}
	return t.Key
}

// OrderOf returns the columns that rank rows of one key, before what every table is ranked by.
func (t Table) OrderOf(m Mode) []string {
	if m == Repaired {
		return slices.Concat(t.RepairedOrder, t.Order)
	}
	return t.Order
}

// OrderInKey reports whether the published order ranks nothing, because rows of one key have the
// same.
func (t Table) OrderInKey() bool {
	return len(t.Order) > 0 && !slices.ContainsFunc(t.Order, func(c string) bool { return !slices.Contains(t.Key, c) })
}

//go:embed tables.yaml
var tablesYAML []byte

var tables = readTables()

func readTables() map[string]Table {
	var list []Table
	if err := yaml.Unmarshal(tablesYAML, &list); err != nil {
		panic("tables.yaml: " + err.Error()) // part of the program, and read by its tests
	}
	byName := make(map[string]Table, len(list))
	for _, t := range list {
		byName[t.Name] = t
	}
	return byName
}

// exporterPrefix sets the tables of the File Exporter apart: its utterances are others than those of
// messaging.
const exporterPrefix = "fileexporter."

// TableOf returns the rule of a feed that is reached through a door; false: it is not known.
func TableOf(feed, door string) (Table, bool) {
	if door == DoorFileExporter {
		feed = exporterPrefix + feed
	}
	t, ok := tables[feed]
	return t, ok
}
