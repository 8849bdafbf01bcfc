package latest

import (
	"cmp"
	"encoding/binary"
)

// prefix is the first bytes of a key, as numbers that order as they do: most comparisons of keys need
// no more, and do not look into memory that is far away. Keys of JSON begin alike, hence so many.
type prefix struct{ first, second uint64 }

const prefixBytes = 16

func prefixOf(key []byte) prefix {
	if len(key) < prefixBytes {
		var padded [prefixBytes]byte
		copy(padded[:], key)
		key = padded[:]
	}
	return prefix{binary.BigEndian.Uint64(key), binary.BigEndian.Uint64(key[8:])}
}

func (p prefix) compare(o prefix) int {
	if p.first != o.first {
		return cmp.Compare(p.first, o.first)
	}
	return cmp.Compare(p.second, o.second)
}
