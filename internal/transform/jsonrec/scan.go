package jsonrec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// value reads the value that starts at i and returns where it ends.
func (d *Doc) value(i, depth int) (int, error) {
	if i >= len(d.src) {
		return 0, d.wrong(i, "a value")
	}
	if len(d.nodes) > maxNodes {
		return 0, errMany
	}
	switch c := d.src[i]; {
	case c == '"':
		return d.text(i)
	case c == '{':
		return d.object(i, depth+1)
	case c == '[':
		return d.array(i, depth+1)
	case c == '-' || c >= '0' && c <= '9':
		return d.number(i)
	}
	return d.literal(i)
}

var (
	errDeep = errors.New("record is nested deeper than 10000 levels")
	errMany = fmt.Errorf("record has more than %d values and names", maxNodes)
)

func (d *Doc) object(i, depth int) (int, error) {
	if depth > MaxDepth {
		return 0, errDeep
	}
	self := len(d.nodes)
	d.leaf(Object, i, i)
	i = d.space(i + 1)
	if i < len(d.src) && d.src[i] == '}' {
		return d.close(self, i+1), nil
	}
	var known names
	for {
		if i >= len(d.src) || d.src[i] != '"' {
			return 0, d.wrong(i, "a member's name")
		}
		end, err := d.text(i)
		if err != nil {
			return 0, err
		}
		if known.add(d, self) {
			return 0, d.repeated(d.src[i+1 : end-1])
		}
		if i = d.space(end); i >= len(d.src) || d.src[i] != ':' {
			return 0, d.wrong(i, "a colon")
		}
		if i, err = d.value(d.space(i+1), depth); err != nil {
			return 0, err
		}
		i = d.space(i)
		if i < len(d.src) && d.src[i] == ',' {
			i = d.space(i + 1)
			continue
		}
		if i >= len(d.src) || d.src[i] != '}' {
			return 0, d.wrong(i, "a comma or }")
		}
		end = d.close(self, i+1)
		if name := known.twice(d, self); name != nil {
			return 0, d.repeated(name)
		}
		return end, nil
	}
}

func (d *Doc) array(i, depth int) (int, error) {
	if depth > MaxDepth {
		return 0, errDeep
	}
	self := len(d.nodes)
	d.leaf(Array, i, i)
	i = d.space(i + 1)
	if i < len(d.src) && d.src[i] == ']' {
		return d.close(self, i+1), nil
	}
	for {
		end, err := d.value(i, depth)
		if err != nil {
			return 0, err
		}
		i = d.space(end)
		if i < len(d.src) && d.src[i] == ',' {
			i = d.space(i + 1)
			continue
		}
		if i < len(d.src) && d.src[i] == ']' {
			return d.close(self, i+1), nil
		}
		return 0, d.wrong(i, "a comma or ]")
	}
}

func (d *Doc) close(self, end int) int {
	d.nodes[self].end = uint32(end)
	d.nodes[self].next = uint32(len(d.nodes))
	return end
}

// The constants of a search for a byte in eight at once: a byte of x-ones that borrowed
// has its high bit set, and only the lowest such byte counts.
const (
	ones     = 0x0101010101010101
	highs    = 0x8080808080808080
	quotes   = ones * '"'
	slashes  = ones * '\\'
	controls = ones * 0x20
)

// text reads the text whose opening quote is at i.
func (d *Doc) text(i int) (int, error) {
	src, start, escaped := d.src, i+1, false
	for i = start; i < len(src); {
		for i+8 <= len(src) {
			x := binary.LittleEndian.Uint64(src[i:])
			q, s := x^quotes, x^slashes
			if hit := ((q-ones)&^q | (s-ones)&^s | (x-controls)&^x) & highs; hit != 0 {
				i += bits.TrailingZeros64(hit) / 8
				break
			}
			i += 8
		}
		if i >= len(src) {
			break
		}
		switch c := src[i]; {
		case c == '"':
			d.leaf(String, start, i)
			d.nodes[len(d.nodes)-1].escaped = escaped
			return i + 1, nil
		case c == '\\':
			n := escapeLength(src[i:])
			if n == 0 {
				return 0, d.wrong(i, "a valid escape")
			}
			escaped = true
			if n == halfPair {
				n = 6
				d.replaced++
			}
			i += n
		case c < 0x20:
			return 0, d.wrong(i, "text without control characters")
		default:
			i++
		}
	}
	return 0, d.wrong(len(src), "the end of a text")
}

// halfPair stands for a \uXXXX that is half a surrogate pair, and so no character.
const halfPair = -1

// escapeLength returns the length of the escape that s begins with, 12 for a surrogate
// pair, halfPair for half of one, 0 if it is none.
func escapeLength(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		r, ok := hex4(s)
		switch {
		case !ok:
			return 0
		case !utf16.IsSurrogate(r):
			return 6
		}
		if low, ok := hex4(s[6:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			return 12
		}
		return halfPair
	}
	return 0
}

// number reads -? (0 | 1-9 digits) (. digits)? ([eE] [+-]? digits)?
func (d *Doc) number(i int) (int, error) {
	start := i
	if d.src[i] == '-' {
		i++
	}
	first := i
	if i = d.digits(i); i == first || d.src[first] == '0' && i > first+1 {
		return 0, d.wrong(first, "a number")
	}
	if i < len(d.src) && d.src[i] == '.' {
		after := i + 1
		if i = d.digits(after); i == after {
			return 0, d.wrong(i, "a digit")
		}
	}
	if i < len(d.src) && (d.src[i] == 'e' || d.src[i] == 'E') {
		i++
		if i < len(d.src) && (d.src[i] == '+' || d.src[i] == '-') {
			i++
		}
		after := i
		if i = d.digits(after); i == after {
			return 0, d.wrong(i, "a digit")
		}
	}
	return d.leaf(Number, start, i), nil
}

func (d *Doc) digits(i int) int {
	for i < len(d.src) && d.src[i] >= '0' && d.src[i] <= '9' {
		i++
	}
	return i
}
