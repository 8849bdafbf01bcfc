package feeds

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// Mode says by which key and order rows are told apart.
type Mode string

// The modes: what the page's query says, and that with the keys and orders that are right.
const (
	Reference Mode = "reference"
	Repaired  Mode = "repaired"
)

// Question asks for the latest rows of a table.
type Question struct {
	Table         string
	Version       string    // empty: "1"
	Mode          Mode      // empty: Reference
	Key           []string  // columns that tell rows apart; empty: as Mode says
	Order         []string  // columns that rank rows of one key; empty: as Mode says
	From, Through time.Time // of leaves by the time of their stamp, Through excluded; zero: without a bound
}

// Row is the latest row of its key.
type Row struct {
	Key  []*string       `json:"key"`  // normalised; nil is null
	Leaf string          `json:"leaf"` // dt=2026-11-20/hr=05
	File string          `json:"file"` // its name
	Line int             `json:"line"` // in the file, from 1
	Row  json.RawMessage `json:"row"`  // as it was written
}

// candidate is a row with what it is ranked by.
type candidate struct {
	Row

	order       []normal
	leaf        Leaf
	split, line int
}

// Truth returns the latest row of every key among the leaves that can be read, ascending by key: the
// greatest by the table's order, then by export_ts, then by the leaf's stamp, then by split and line;
// null is least. Of a table that is exported whole, the newest leaf alone counts.
func (w *World) Truth(q Question) ([]Row, error) {
	t := w.Table(q.Table)
	if t == nil {
		return nil, fmt.Errorf("table: %q is not one that is exported", q.Table)
	}
	if q.Mode != "" && q.Mode != Reference && q.Mode != Repaired {
		return nil, fmt.Errorf("mode: %q must be %s or %s", q.Mode, Reference, Repaired)
	}
	leaves := slices.DeleteFunc(w.readable(q.Table, cmp.Or(q.Version, "1")), func(l *exported) bool {
		return l.At.Before(q.From) || !q.Through.IsZero() && !l.At.Before(q.Through)
	})
	if t.Snapshot && len(leaves) > 0 {
		leaves = leaves[len(leaves)-1:]
	}
	latest := map[string]candidate{}
	for _, l := range leaves {
		l.rank(t, q, latest)
	}
	keys := make([]string, 0, len(latest))
	for key := range latest {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	rows := make([]Row, len(keys))
	for i, key := range keys {
		rows[i] = latest[key].Row
	}
	return rows, nil
}

// rank lets every row of the leaf take the place of a lesser one of its key.
func (l *exported) rank(t *Table, q Question, latest map[string]candidate) {
	for split, f := range l.files {
		for i, line := range f.lines {
			row, err := members(line)
			if err != nil {
				continue // a bad line is no row
			}
			c := candidate{
				Row:  Row{Leaf: l.Stamp(), File: f.name, Line: i + 1, Row: json.RawMessage(line)},
				leaf: l.Leaf, split: split, line: i,
			}
			for _, name := range t.order(q) {
				c.order = append(c.order, t.normalized(name, row[name]))
			}
			c.order = append(c.order, t.normalized("export_ts", row["export_ts"]))
			c.Key = t.keyOf(q, l.Leaf, row)
			key := string(written(c.Key))
			if other, ok := latest[key]; !ok || other.less(c) {
				latest[key] = c
			}
		}
	}
}

// Says returns what a row says in the table's columns, by their names, however it is written; what is null
// or empty is left out.
func (t *Table) Says(row []byte) (map[string]string, error) {
	m, err := members(row)
	if err != nil {
		return nil, fmt.Errorf("row: %w", err)
	}
	says := map[string]string{}
	for _, c := range t.Columns {
		if n := t.normalized(c.Name, m[c.Name]); !n.null && n.text != "" {
			says[c.Name] = n.text
		}
	}
	return says, nil
}

// order returns the columns that rank a table's rows.
func (t *Table) order(q Question) []string {
	switch {
	case len(q.Order) > 0:
		return q.Order
	case q.Mode == Repaired:
		return slices.Concat(t.RepairedOrder, t.Order)
	}
	return t.Order
}

// keyOf returns the normalised key of a row; dt is the path's date where the repaired key asks for it.
func (t *Table) keyOf(q Question, l Leaf, row map[string]any) []*string {
	names := t.Key
	switch {
	case len(q.Key) > 0:
		names = q.Key
	case q.Mode == Repaired && len(t.RepairedKey) > 0:
		names = t.RepairedKey
	}
	key := make([]*string, len(names))
	for i, name := range names {
		n := t.normalized(name, row[name])
		if name == "dt" && t.column(name) == nil {
			n = normal{text: l.At.Format(time.DateOnly)}
		}
		if !n.null {
			key[i] = &n.text
		}
	}
	return key
}

// less reports whether another row of the key counts more.
func (c candidate) less(o candidate) bool {
	for i := range c.order {
		if d := c.order[i].compare(o.order[i]); d != 0 {
			return d < 0
		}
	}
	if d := c.leaf.compare(o.leaf); d != 0 {
		return d < 0
	}
	if c.split != o.split {
		return c.split < o.split
	}
	return c.line < o.line
}

// WriteTruth writes the rows as JSON lines.
func WriteTruth(dst io.Writer, rows []Row) error {
	out := bufio.NewWriter(dst)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for _, r := range rows {
		if err := lines.Encode(r); err != nil {
			return fmt.Errorf("write truth: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write truth: %w", err)
	}
	return nil
}
