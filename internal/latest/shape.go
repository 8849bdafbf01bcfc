package latest

import (
	"bytes"
	"encoding/binary"
	"regexp"
)

// shape is what rows have in common: of rows of JSON their names, which are most of their bytes. A
// row is packed by leaving it out, and is unpacked to the same bytes, whatever they say.
type shape struct {
	parts [][]byte // of a row, in their order: between them stands what is its own
	text  []byte   // of all parts, as a run has it: uvarint length · bytes
}

// names is where the parts of a row are. It decides what is saved, not what is read.
var names = regexp.MustCompile(`[{,]\s*"[^"\\]*"\s*:\s*`)

// mostParts bounds those of a shape; tables have fewer than 100 columns.
const mostParts = 1000

// shapeOf returns the shape of a row and of those like it; nil: it has none.
func shapeOf(raw []byte) *shape {
	found := names.FindAll(raw, mostParts)
	if len(found) == 0 {
		return nil
	}
	var text []byte
	for _, part := range found {
		text = append(binary.AppendUvarint(text, uint64(len(part))), part...)
	}
	return parseShape(text)
}

// parseShape reads a shape's text, which it keeps; nil: it is none.
func parseShape(text []byte) *shape {
	s := &shape{text: text}
	for len(text) > 0 {
		part, rest, ok := cutPart(text)
		if !ok {
			return nil
		}
		s.parts, text = append(s.parts, part), rest
	}
	return s
}

// pack appends the row without what it has in common with others: its length, and what is its own
// before each part and after the last, as uvarint length · bytes. False: it is of another shape.
func (s *shape) pack(dst, raw []byte) ([]byte, bool) {
	from := len(dst)
	dst = binary.AppendUvarint(dst, uint64(len(raw)))
	for _, part := range s.parts {
		at := bytes.Index(raw, part)
		if at < 0 {
			return dst[:from], false
		}
		dst = append(binary.AppendUvarint(dst, uint64(at)), raw[:at]...)
		raw = raw[at+len(part):]
	}
	return append(binary.AppendUvarint(dst, uint64(len(raw))), raw...), true
}

// unpack appends the row that was packed; false: it is not of this shape, or none.
func (s *shape) unpack(dst, packed []byte) ([]byte, bool) {
	_, n := binary.Uvarint(packed)
	if n <= 0 {
		return dst, false
	}
	own, rest, ok := cutPart(packed[n:])
	for _, part := range s.parts {
		if !ok {
			return dst, false
		}
		dst = append(append(dst, own...), part...)
		own, rest, ok = cutPart(rest)
	}
	return append(dst, own...), ok && len(rest) == 0
}

// cutPart cuts a length and that many bytes off.
func cutPart(b []byte) (part, rest []byte, ok bool) {
	length, n := binary.Uvarint(b)
	if n <= 0 || length > uint64(len(b)-n) {
		return nil, nil, false
	}
	end := n + int(length)
	return b[n:end], b[end:], true
}
