package interval

import (
	"slices"
	"strconv"
	"strings"
)

// mean sums what is averaged.
type mean struct{ sum, n int64 }

func (m *mean) add(v int64) {
	m.sum += v
	m.n++
}

// table holds one tally for each key and interval that something was counted in.
type table[T any] struct {
	axis *Axis
	rows map[string][]*T
	told func(id string, from ...string) // in which row something is counted; nil: nobody asks
	from []string                        // the records before the present one that it comes of
}

func newTable[T any](a *Axis) table[T] { return table[T]{axis: a, rows: map[string][]*T{}} }

// id is that of the record that is given for the key in the i'th interval. Parts of a key are
// apart by a zero byte.
func (a *Axis) id(key string, i int) string {
	return strings.ReplaceAll(key, "\x00", ":") + ":" + strconv.FormatInt(a.marks[i], 10)
}

// in returns the tally of the key in the i'th interval.
func (t *table[T]) in(key []byte, i int) *T {
	if t.told != nil {
		t.told(t.axis.id(string(key), i), t.from...)
	}
	list := t.rows[string(key)]
	if list == nil {
		list = make([]*T, t.axis.Len())
		t.rows[string(key)] = list
	}
	if list[i] == nil {
		list[i] = new(T)
	}
	return list[i]
}

// at returns the tally of the interval that the moment lies in; nil outside of the window.
func (t *table[T]) at(key []byte, at int64) *T {
	if i, ok := t.axis.At(at); ok {
		return t.in(key, i)
	}
	return nil
}

// percentile returns the smallest of the values that at least p percent of them do not exceed
// (nearest rank). It sorts them; false where there are none.
func percentile(values []int64, p int) (int64, bool) {
	if len(values) == 0 {
		return 0, false
	}
	slices.Sort(values)
	return values[(len(values)*p+99)/100-1], true
}
