package feeds

import (
	"cmp"
	"fmt"
	"time"
)

// Leaf is one partition of a table: the smallest thing that is exported.
type Leaf struct {
	Table   *Table
	Version string
	At      time.Time     // its first minute, UTC
	Every   time.Duration // Day: dt alone; Hour: dt and hr; Window: dt, hr and mi
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
	return fmt.Sprintf("%s/version=%s/format=jsonl/%s", l.Table.Name, l.Version, l.Stamp())
}

// End returns when its data ends; it is written after that.
func (l Leaf) End() time.Time { return l.At.Add(l.Every) }

// compare orders leaves by their stamps, a coarser one first where both begin together.
func (l Leaf) compare(o Leaf) int {
	return cmp.Or(l.At.Compare(o.At), cmp.Compare(o.Every, l.Every))
}
