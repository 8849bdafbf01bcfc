package latest

// LookFrom has keys looked up from so many times more rows on, in blocks of so many bytes, and returns
// what undoes it.
func LookFrom(times int64, block int) (undo func()) {
	oldTimes, oldBlock := lookFrom, blockBytes
	lookFrom, blockBytes = times, block
	return func() { lookFrom, blockBytes = oldTimes, oldBlock }
}

// PackedLike packs a row by the shape of another, and unpacks it; found is false if it is of another
// shape, and nothing was appended.
func PackedLike(like, raw []byte) (found bool, unpacked []byte, ok bool) {
	s := shapeOf(like)
	if s == nil {
		return false, nil, false
	}
	packed, found := s.pack([]byte("before"), raw)
	if !found {
		return string(packed) != "before", nil, false
	}
	unpacked, ok = s.unpack(nil, packed[len("before"):])
	return true, unpacked, ok
}

// ComparePrefixes compares two keys by what is looked at first.
func ComparePrefixes(a, b []byte) int { return prefixOf(a).compare(prefixOf(b)) }
