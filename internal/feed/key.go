package feed

import "strings"

// Key names the columns that tell the rows of a table apart, in their order, where they are others than
// the table's rule has. Empty: they are not.
type Key string

// AnyKey stands for whichever key, where rows are not to be told apart by it.
const AnyKey Key = "*"

// KeyOf returns the key of the columns.
func KeyOf(columns ...string) Key { return Key(strings.Join(columns, ",")) }

// Columns returns the names of its columns; none of the empty key.
func (k Key) Columns() []string {
	if k == "" {
		return nil
	}
	return strings.Split(string(k), ",")
}

// KeyedBy returns the table with its rows told apart by the key, in either mode. kinds are those of its
// columns that are no text; a column that nobody knows is one, unless it is named as times are.
func (t Table) KeyedBy(k Key, kinds map[string]Kind) Table {
	if k != "" {
		t.Key, t.RepairedKey, t.kinds = k.Columns(), nil, kinds
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
