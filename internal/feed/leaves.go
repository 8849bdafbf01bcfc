package feed

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"

	"transporter/internal/fault"
)

// Leaves groups one listing, in ascending order of keys, into leaves: day by day, in the order of
// their stamps, and in memory only the objects of one day. An object that is of no leaf is told to
// ignored, which may be nil, with the reason.
//
// A day that comes back after others, as in a listing in which a label stands before dt (Days gives no such one), is
// fault.SchemaMismatch: half of a leaf would pass for a whole one.
func Leaves(objects iter.Seq2[Object, error], rules Rules, ignored func(key, reason string)) iter.Seq2[Leaf, error] {
	if ignored == nil {
		ignored = func(string, string) {}
	}
	return func(yield func(Leaf, error) bool) {
		day, seen := newDay(Location{}), map[dayKey]bool{}
		for o, err := range objects {
			if err != nil {
				yield(Leaf{}, err)
				return
			}
			at, err := ParsePath(o.Key)
			if err != nil {
				ignored(o.Key, err.Error())
				continue
			}
			if key := keyOfDay(at); key != day.key {
				if !day.flush(rules, yield, ignored) {
					return
				}
				if seen[key] {
					yield(Leaf{}, fault.New(fault.SchemaMismatch, "%s: its day was listed before, in another folder", o.Key).
						WithFix("ask the platform to export each day of a feed below one path"))
					return
				}
				day, seen[key] = newDay(at), true
			}
			day.add(at, o)
		}
		day.flush(rules, yield, ignored)
	}
}

type dayKey struct {
	Place
	date string
}

func keyOfDay(l Location) dayKey { return dayKey{l.Place, l.Date} }

// dayListing gathers the objects of a day by leaf. They cannot be cut where the folder changes: the
// files of dt=D lie around the folders dt=D/hr=H, and hr=5 is hr=05.
type dayListing struct {
	key    dayKey
	leaves map[Stamp]*gathered
}

type gathered struct {
	Leaf
	files  []named
	others []Object
}

// named is a data file with the feed that its name begins with.
type named struct {
	File
	feed string
}

func newDay(l Location) *dayListing { return &dayListing{keyOfDay(l), map[Stamp]*gathered{}} }

func (d *dayListing) add(at Location, o Object) {
	g := d.leaves[at.Stamp]
	if g == nil {
		g = &gathered{Leaf: Leaf{Place: at.Place, Stamp: at.Stamp}}
		d.leaves[at.Stamp] = g
	}
	if folder := strings.TrimSuffix(o.Key, at.Name); !slices.Contains(g.Folders, folder) {
		g.Folders = append(g.Folders, folder)
	}
	feed, file, ok := ParseName(at.Name)
	switch {
	case at.Name == Success:
		g.Success = &o
	case ok:
		file.Object = o
		g.files = append(g.files, named{file, feed})
	default:
		g.others = append(g.others, o)
	}
}

const otherName = "its name is neither a data file's nor " + Success

func (g *gathered) ignore(o Object, reason string) {
	g.Ignored = append(g.Ignored, o.Key+": "+reason)
}

func (d *dayListing) flush(rules Rules, yield func(Leaf, error) bool, ignored func(key, reason string)) bool {
	for _, s := range slices.SortedFunc(maps.Keys(d.leaves), Stamp.Compare) {
		g := d.leaves[s]
		if g.Success == nil && len(g.files) == 0 {
			for _, o := range g.others {
				ignored(o.Key, otherName) // they alone make no leaf
			}
			continue
		}
		for _, o := range g.others {
			g.ignore(o, otherName)
		}
		g.resolve(rules)
		if !yield(g.Leaf, nil) {
			return false
		}
	}
	return true
}

// bySplit orders files as their rows are ranked.
func bySplit(a, b named) int { return cmp.Or(cmp.Compare(a.Split, b.Split), cmp.Compare(a.Key, b.Key)) }
