package feeds

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Config says what a world is made of.
type Config struct {
	Seed    int64
	Company string           // name of the tenant in every row
	Folder  string           // below which everything is written, with a slash at its end; empty: the root
	Rows    int              // of a leaf; 0 means 40
	Now     func() time.Time // what is exported lies before it
	Key     string           // armored public key that encrypted feeds are encrypted to
	Tables  []*Table         // nil: those of messaging
}

// World is what has been exported into one folder of a bucket. It is safe for concurrent use.
type World struct {
	config Config

	mu     sync.Mutex
	leaves map[string]*exported // by folder
}

// exported is a leaf as it can be read whole: the files of its last complete export.
type exported struct {
	Leaf
	files []file
	times int // it was exported
}

// file is a data file by its name, with its lines.
type file struct {
	name  string
	lines []Line
}

// defaultRows makes leaves large enough for every kind of duplicate, and quick to write.
const defaultRows = 40

// New makes a world in which nothing is exported yet.
func New(c Config) *World {
	c.Rows = cmp.Or(c.Rows, defaultRows)
	c.Company = cmp.Or(c.Company, "acme")
	if c.Tables == nil {
		c.Tables = Tables()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &World{config: c, leaves: map[string]*exported{}}
}

// lines makes up the rows of a leaf's n-th export, of which the first is 0.
func (w *World) lines(l Leaf, n int) []Line { return w.generator(l.Table).lines(l, n) }

// leaf returns a table's leaf: that of an hour so many days ago.
func (w *World) leaf(table string, daysAgo, hour int) Leaf {
	return LeafOf(Find(table), w.day(daysAgo).Add(time.Duration(hour)*time.Hour))
}

// generator makes up rows of a table.
func (w *World) generator(t *Table) generator {
	return generator{seed: w.config.Seed, company: w.config.Company, rows: w.config.Rows, table: t}
}

// Table returns the table of that name, nil if the world has none.
func (w *World) Table(name string) *Table {
	for _, t := range w.config.Tables {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// day returns the midnight that many days before today.
func (w *World) day(before int) time.Time {
	return w.config.Now().UTC().Truncate(Day).AddDate(0, 0, -before)
}

// readable returns the leaves of a table that can be read, ascending.
func (w *World) readable(table, version string) []*exported {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []*exported
	for _, l := range w.leaves {
		if l.Table.Name == table && l.Version == version {
			list = append(list, l)
		}
	}
	slices.SortFunc(list, func(a, b *exported) int { return a.compare(b.Leaf) })
	return list
}

// exports returns how often a leaf was exported whole.
func (w *World) exports(l Leaf) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e := w.leaves[l.Folder()]; e != nil {
		return e.times
	}
	return 0
}

// written returns the rows of a leaf's last export, nil before the first.
func (w *World) written(l Leaf) (lines []Line) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e := w.leaves[l.Folder()]; e != nil {
		for _, f := range e.files {
			lines = append(lines, f.lines...)
		}
	}
	return lines
}
