package latest

import (
	"bytes"
	"cmp"
	"slices"
	"sort"
)

// chunk collects some rows in their run form, in memory that is used again.
type chunk struct {
	number  int // in the order of adding
	data    []byte
	entries []entry
	at      int // while chunks are merged: the entry that is next
	until   int
}

// entry finds one row in its chunk.
type entry struct {
	prefix                       prefix // of the key
	start, key, body, end        uint32 // offsets of the row's parts
	keyLength, rankLength, shape uint16
}

// entryBytes is the memory of an entry.
const entryBytes = 40

func (c *chunk) size() int { return len(c.data) + entryBytes*len(c.entries) }

// add takes a row of which Raw is what is kept, by the number of its shape.
func (c *chunk) add(r Row, shape uint16) {
	e := entry{prefix: prefixOf(r.Key), start: c.here(), keyLength: uint16(len(r.Key)), rankLength: uint16(len(r.Rank)), shape: shape}
	c.data = appendHead(c.data, r)
	e.key, e.body = e.start+lengthBytes(len(r.Key)), c.here()
	c.data = append(c.data, r.Raw...)
	e.end = c.here()
	c.entries = append(c.entries, e)
}

// here is an offset: a chunk is smaller than two rows of maxRow.
func (c *chunk) here() uint32 { return uint32(len(c.data)) }

// lengthBytes is how long the length of a key or rank is in a run.
func lengthBytes(n int) uint32 {
	switch {
	case n < 1<<7:
		return 1
	case n < 1<<14:
		return 2
	}
	return 3
}

func (c *chunk) keyOf(e entry) []byte { return c.data[e.key : e.key+uint32(e.keyLength)] }

func (c *chunk) rankOf(e entry) []byte {
	at := e.key + uint32(e.keyLength) + lengthBytes(int(e.rankLength))
	return c.data[at : at+uint32(e.rankLength)]
}

// settle sorts the rows by key and leaves only the winner of each: of two equal ranks the one
// added later.
func (c *chunk) settle() {
	slices.SortFunc(c.entries, func(x, y entry) int {
		if x.prefix != y.prefix {
			return x.prefix.compare(y.prefix)
		}
		return cmp.Or(
			bytes.Compare(c.keyOf(x), c.keyOf(y)),
			bytes.Compare(c.rankOf(y), c.rankOf(x)),
			cmp.Compare(y.start, x.start))
	})
	c.entries = slices.CompactFunc(c.entries, func(x, y entry) bool {
		return x.prefix == y.prefix && bytes.Equal(c.keyOf(x), c.keyOf(y))
	})
}

// find returns the number of the first entry whose key is not below the given one.
func (c *chunk) find(key []byte) int {
	return sort.Search(len(c.entries), func(i int) bool { return bytes.Compare(c.keyOf(c.entries[i]), key) >= 0 })
}

// chunkBefore orders settled chunks by the rows they are at: least key, greatest rank, the later added.
func chunkBefore(a, b *chunk) bool {
	x, y := a.entries[a.at], b.entries[b.at]
	if x.prefix != y.prefix {
		return x.prefix.compare(y.prefix) < 0
	}
	return cmp.Or(
		bytes.Compare(a.keyOf(x), b.keyOf(y)),
		bytes.Compare(b.rankOf(y), a.rankOf(x)),
		cmp.Compare(b.number, a.number)) < 0
}

func (c *chunk) reset() {
	c.data, c.entries = c.data[:0], c.entries[:0]
}
