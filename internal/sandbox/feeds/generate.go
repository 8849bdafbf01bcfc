package feeds

import (
	"math/rand/v2"
	"slices"
	"time"
)

// generator makes up the rows of a table. A row has a key out of a limited supply, so that rows of one
// key come again within a leaf and over leaves, some with a newer order, some with the same and some
// with an older one.
type generator struct {
	seed    int64
	company string
	rows    int // of a leaf
	table   *Table
}

// supply is how many keys there are for each row of a leaf: few enough that most come again within two
// or three leaves.
const supply = 2

// lines returns the rows of a leaf as its n-th export writes them; the first is 0. A later export has
// changed rows, lacks some and has further ones.
func (g generator) lines(l Leaf, n int) (lines []Line) {
	if g.table.Snapshot {
		return g.snapshot(l, n)
	}
	r := draws(g.seed, "leaf", g.table.Name, l.Version, l.Stamp())
	again := draws(g.seed, "export", g.table.Name, l.Version, l.Stamp(), n)
	for range g.rows {
		key := r.IntN(g.rows * supply)
		line := g.line(r, l, key)
		if n > 0 {
			switch at := again.IntN(10); {
			case at == 0:
				continue
			case at < 3:
				line = g.line(again, l, key)
			}
		}
		lines = append(lines, line)
	}
	for range min(n, 3) {
		lines = append(lines, g.line(again, l, again.IntN(g.rows*supply)))
	}
	return lines
}

// snapshot returns the rows of a table that is exported whole: nine of ten keys, some twice.
func (g generator) snapshot(l Leaf, n int) (lines []Line) {
	r := draws(g.seed, "leaf", g.table.Name, l.Version, l.Stamp(), n)
	for key := range g.rows {
		for chance(r, 90) {
			lines = append(lines, g.line(r, l, key))
			if chance(r, 85) {
				break
			}
		}
	}
	return lines
}

// line makes up one row of a key.
func (g generator) line(r *rand.Rand, l Leaf, key int) Line {
	keyed := draws(g.seed, "key", g.table.Name, key)
	members := make([]member, 0, len(g.table.Columns))
	for i := range g.table.Columns {
		c := &g.table.Columns[i]
		var value []byte
		switch {
		case c.Name == "company_name" || c.Name == "company_marker":
			value = written(g.company)
		case c.Name == "dt":
			value = written(l.At.Format(time.DateOnly))
		case c.Name == "hr":
			value = written(l.At.Add(time.Duration(keyed.IntN(max(int(l.Every/Hour), 1))) * time.Hour).Format("15"))
		case g.ofKey(c.Name):
			value = g.valueOrNull(keyed, r, c, l, keyedNulls)
		case slices.Contains(g.table.Order, c.Name) || slices.Contains(g.table.RepairedOrder, c.Name):
			value = g.order(keyed, r, c, l)
		default:
			value = g.valueOrNull(r, r, c, l, otherNulls)
		}
		if value != nil {
			members = append(members, member{c.Name, value})
		}
	}
	if chance(r, 10) {
		r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	}
	return object(members)
}

// How many of a hundred values are null.
const (
	keyedNulls = 8
	orderNulls = 15
	otherNulls = 12
)

// ofKey reports whether a column is in one of the table's keys.
func (g generator) ofKey(name string) bool {
	return slices.Contains(g.table.Key, name) || slices.Contains(g.table.RepairedKey, name)
}

// order makes up a value to rank by: that of the key for half of the rows, so that they tie.
func (g generator) order(keyed, r *rand.Rand, c *Column, l Leaf) []byte {
	same := value(keyed, c, epoch)
	if chance(r, 50) {
		return same.write(r)
	}
	return g.valueOrNull(r, r, c, l, orderNulls)
}

// valueOrNull makes up a value from one source of draws and the form it is written in from another: a
// key is the same whichever way it is written.
func (g generator) valueOrNull(from, form *rand.Rand, c *Column, l Leaf, nulls int) []byte {
	null := chance(from, nulls)
	at := l.At
	if from != form {
		at = epoch
	}
	v := value(from, c, at)
	if c.Name == "export_ts" {
		v.at = l.End().Add(time.Duration(form.IntN(180)-60) * time.Minute)
	}
	if null {
		return nullForm(form, c.Kind)
	}
	return v.write(form)
}

// epoch is where the moments of keys lie: they must not depend on the leaf.
var epoch = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// nullForm writes a null; nil leaves the member out.
func nullForm(r *rand.Rand, k Kind) []byte {
	forms := [][]byte{[]byte("null"), []byte("null"), nil}
	if k == Moment || k == Int || k == Decimal || k == Flag {
		forms = append(forms, []byte(`""`), []byte(`"NULL"`))
	}
	return pick(r, forms)
}
