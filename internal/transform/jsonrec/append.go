package jsonrec

import (
	"bytes"
	"slices"
)

// AppendText appends s as a JSON text: only what RFC 8259 wants escaped is, and by the
// short form where there is one.
func AppendText(dst, s []byte) []byte {
	if len(s) >= giantText {
		dst = slices.Grow(dst, textLen(s)) // one that grows bit by bit is held twice meanwhile
	}
	dst = append(dst, '"')
	from := 0
	for i, c := range s {
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		if short := shortEscapes[c]; short != 0 {
			dst = append(dst, '\\', short)
			continue
		}
		dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
	return append(append(dst, s[from:]...), '"')
}

// giantText is how long a text is for which room is made at once.
const giantText = 256 << 10

// textLen is how long the text is at most when it is written.
func textLen(s []byte) int {
	n := len(s) + len(`""`)
	for _, c := range s {
		switch {
		case c == '"' || c == '\\' || shortEscapes[c] != 0:
			n++
		case c < 0x20:
			n += len(`\u0000`) - 1
		}
	}
	return n
}

const hexDigits = "0123456789abcdef"

var shortEscapes = [256]byte{
	'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't',
}

// AppendCompact appends the value as compact JSON: no white space, texts with the
// fewest escapes, numbers as written, members in their order. Members of v itself whose
// names are in without are left out.
func (v Value) AppendCompact(dst []byte, without ...string) []byte {
	switch v.Kind() {
	case String:
		return AppendText(dst, v.Text())
	case Array:
		dst = append(dst, '[')
		for e := range v.Elements() {
			dst = append(e.AppendCompact(dst), ',')
		}
		return closeList(dst, ']')
	case Object:
		dst = append(dst, '{')
		for name, m := range v.Members() {
			if slices.Contains(without, string(name)) {
				continue
			}
			dst = append(AppendText(dst, name), ':')
			dst = append(m.AppendCompact(dst), ',')
		}
		return closeList(dst, '}')
	case Null:
		return append(dst, "null"...)
	}
	return append(dst, v.Text()...)
}

// closeList writes the closing bracket over the comma after the last element.
func closeList(dst []byte, bracket byte) []byte {
	if dst[len(dst)-1] == ',' {
		dst[len(dst)-1] = bracket
		return dst
	}
	return append(dst, bracket)
}

// AppendCanonical appends the value like AppendCompact, but the members of every object
// in the order of their names' bytes: the same value has the same bytes however the
// source orders it.
func (v Value) AppendCanonical(dst []byte) []byte {
	switch v.Kind() {
	case Array:
		dst = append(dst, '[')
		for e := range v.Elements() {
			dst = append(e.AppendCanonical(dst), ',')
		}
		return closeList(dst, ']')
	case Object:
		type member struct {
			name  []byte
			value Value
		}
		var members []member
		for name, value := range v.Members() {
			members = append(members, member{name, value})
		}
		slices.SortStableFunc(members, func(a, b member) int { return bytes.Compare(a.name, b.name) })
		dst = append(dst, '{')
		for _, m := range members {
			dst = append(AppendText(dst, m.name), ':')
			dst = append(m.value.AppendCanonical(dst), ',')
		}
		return closeList(dst, '}')
	}
	return v.AppendCompact(dst)
}
