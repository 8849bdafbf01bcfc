package feeds

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Leaf is one partition of a table: the smallest thing that is exported.
type Leaf struct {
	Table   *Table
	Version string
	At      time.Time     // its first minute, UTC
	Every   time.Duration // Day: dt alone; Hour: dt and hr; Window: dt, hr and mi
	Pairs   string        // of its path in their order, with others by their text: "dt/hr/region=eu/version/format"; empty: as the contract has them
}

// LeafOf returns the table's leaf that a moment is in.
func LeafOf(t *Table, at time.Time) Leaf {
	return Leaf{Table: t, Version: "1", At: at.UTC().Truncate(t.Every), Every: t.Every}
}

// Stamp returns the end of its path: dt=2026-11-20/hr=05.
func (l Leaf) Stamp() string {
	text := "dt=" + l.At.Format(time.DateOnly)
	if l.Every < Day {
		text += l.At.Format("/hr=15")
	}
	if l.Every < Hour {
		text += l.At.Format("/mi=04")
	}
	return text
}

// Folder returns its path below the feeds' root, without a slash at the end.
func (l Leaf) Folder() string {
	usual := fmt.Sprintf("version=%s/format=jsonl/%s", l.Version, l.Stamp())
	if l.Pairs == "" {
		return l.Table.Name + "/" + usual
	}
	path, given := []string{l.Table.Name}, strings.Split(usual, "/")
	for _, pair := range strings.Split(l.Pairs, "/") {
		if at := slices.IndexFunc(given, func(g string) bool { return strings.HasPrefix(g, pair+"=") }); at >= 0 {
			pair = given[at]
		}
		path = append(path, pair)
	}
	return strings.Join(path, "/")
}

// End returns when its data ends; it is written after that.
func (l Leaf) End() time.Time { return l.At.Add(l.Every) }

// compare orders leaves by their stamps, a coarser one first where both begin together.
func (l Leaf) compare(o Leaf) int {
	return cmp.Or(l.At.Compare(o.At), cmp.Compare(o.Every, l.Every))
}
