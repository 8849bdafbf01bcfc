package jsonrec

import (
	"slices"
	"strconv"
)

// Watch calls seen with every value whose text is read from now on; nil ends it. It is how
// a derived value is explained, and costs nothing worth measuring when it is off.
func (d *Doc) Watch(seen func(Value)) { d.seen = seen }

// Path returns where the value is in its record: $.messageRecords[3].timeL. It is found by
// walking there, for people who ask, not for every row.
func (v Value) Path() string {
	if !v.ok {
		return ""
	}
	path := []byte{'$'}
	for at := (Value{v.doc, 0, true}); at.at != v.at; {
		at, path = at.towards(v.at, path)
	}
	return string(path)
}

// towards returns the child that holds the node, or is it.
func (v Value) towards(node uint32, path []byte) (Value, []byte) {
	d, n := v.doc, 0
	holds := func(child uint32) bool { return child <= node && node < d.nodes[child].next }
	for e := v.First(); e.ok; e = v.After(e) {
		if holds(e.at) {
			return e, append(strconv.AppendInt(append(path, '['), int64(n), 10), ']')
		}
		n++
	}
	for i := v.at + 1; i < d.nodes[v.at].next; i = d.nodes[i+1].next {
		if holds(i + 1) {
			return Value{d, i + 1, true}, append(append(path, '.'), d.name(&d.nodes[i])...)
		}
	}
	return Value{d, node, true}, path // never: the node is below v
}

// name returns the text of a member's name without adding to the scratch buffer for good.
func (d *Doc) name(n *node) []byte {
	kept := len(d.scratch)
	name := slices.Clone(d.textOf(n))
	d.scratch = d.scratch[:kept]
	return name
}
