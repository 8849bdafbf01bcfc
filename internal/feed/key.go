package feed

import "strings"

// Key names the columns that tell the rows of a table apart, in their order, and those that rank rows of
// one key, where they are others than the table's rule has: "issue_id,queue_id>end_ts". Empty: they are not.
type Key string

// rankedBy stands before the columns that rank.
const rankedBy = ">"

// AnyKey stands for whichever key, where rows are not to be told apart by it.
const AnyKey Key = "*"

// KeyOf returns the key of the columns.
func KeyOf(columns ...string) Key { return Key(strings.Join(columns, ",")) }

// RankedBy returns the key with the columns that rank rows of one, the most telling first; none: the
// table's rule does.
func (k Key) RankedBy(columns ...string) Key {
	key, _, _ := strings.Cut(string(k), rankedBy)
	if len(columns) == 0 {
		return Key(key)
	}
	return Key(key + rankedBy + strings.Join(columns, ","))
}

// Columns returns the names of the columns that tell rows apart; none where the table's rule does.
func (k Key) Columns() []string {
	key, _, _ := strings.Cut(string(k), rankedBy)
	return listed(key)
}

// Order returns the names of the columns that rank rows of one key, each descending, nulls last; none where
// the table's rule does.
func (k Key) Order() []string {
	_, order, _ := strings.Cut(string(k), rankedBy)
	return listed(order)
}

func listed(names string) []string {
	if names == "" {
		return nil
	}
	return strings.Split(names, ",")
}

// KeyedBy returns the table with its rows told apart and ranked by the key, in either mode. kinds are those of its
// columns that are no text; a column that nobody knows is one, unless it is named as times are.
func (t Table) KeyedBy(k Key, kinds map[string]Kind) Table {
	if columns := k.Columns(); len(columns) > 0 {
		t.Key, t.RepairedKey, t.kinds = columns, nil, kinds
	}
	if order := k.Order(); len(order) > 0 {
		t.Order, t.RepairedOrder = order, nil
	}
	return t
}

// Kind says how the values of a column are compared: all the forms of one are the same.
type Kind = kind

// The kinds of columns that are no text.
const (
	KindMoment = moment
	KindNumber = number
	KindFlag   = flag
)

func (t Table) kindOf(column string) Kind {
	if k, ok := t.kinds[column]; ok {
		return k
	}
	return kindOf(column)
}
