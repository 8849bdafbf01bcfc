package jsonrec

import (
	"iter"
	"unicode/utf16"
	"unicode/utf8"
)

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds. The zero Value is Null.
const (
	Null Kind = iota
	False
	True
	Number
	String
	Array
	Object
)

var kindNames = [...]string{"null", "false", "true", "a number", "a text", "a list", "an object"}

// String returns the kind as people say it.
func (k Kind) String() string { return kindNames[k] }

// Value is one value of a Doc, valid until its next Parse. The zero Value stands for
// what is not there.
type Value struct {
	doc *Doc
	at  uint32
	ok  bool
}

// Kind returns the kind; Null also for what is not there.
func (v Value) Kind() Kind {
	if !v.ok {
		return Null
	}
	return v.doc.nodes[v.at].kind
}

// Get returns the member of an object.
func (v Value) Get(name string) Value {
	if v.Kind() != Object {
		return Value{}
	}
	d := v.doc
	for i, end := v.at+1, d.nodes[v.at].next; i < end; i = d.nodes[i+1].next {
		n := &d.nodes[i]
		if n.escaped {
			if string(d.unescape(n)) != name {
				continue
			}
		} else if int(n.end-n.start) != len(name) || string(d.src[n.start:n.end]) != name {
			continue
		}
		return Value{d, i + 1, true}
	}
	return Value{}
}

// Elements yields the elements of an array; nothing for any other value.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for e := v.First(); e.ok; e = v.After(e) {
			if !yield(e) {
				return
			}
		}
	}
}

// First returns the first element of an array; After the one that follows e.
func (v Value) First() Value {
	if v.Kind() != Array || v.doc.nodes[v.at].next == v.at+1 {
		return Value{}
	}
	return Value{v.doc, v.at + 1, true}
}

// After returns the element of the array v that follows e.
func (v Value) After(e Value) Value {
	next := v.doc.nodes[e.at].next
	if next >= v.doc.nodes[v.at].next {
		return Value{}
	}
	return Value{v.doc, next, true}
}

// Members yields the members of an object in their order; names are unescaped.
func (v Value) Members() iter.Seq2[[]byte, Value] {
	return func(yield func([]byte, Value) bool) {
		if v.Kind() != Object {
			return
		}
		d := v.doc
		for i, end := v.at+1, d.nodes[v.at].next; i < end; i = d.nodes[i+1].next {
			if !yield(d.textOf(&d.nodes[i]), Value{d, i + 1, true}) {
				return
			}
		}
	}
}

// Text returns the characters of a text, and the bytes of any other value as written.
// It is nil for what is not there.
func (v Value) Text() []byte {
	if !v.ok {
		return nil
	}
	if v.doc.seen != nil {
		v.doc.seen(v)
	}
	return v.doc.textOf(&v.doc.nodes[v.at])
}

func (d *Doc) textOf(n *node) []byte {
	switch {
	case !n.escaped:
		return d.src[n.start:n.end:n.end]
	case n.end-n.start >= giantText:
		return d.giant(n)
	}
	return d.unescape(n)
}

// giant unescapes a long text once, however often it is read.
func (d *Doc) giant(n *node) []byte {
	for _, g := range d.giants {
		if g.start == n.start {
			return g.text
		}
	}
	scratch := d.scratch
	d.scratch = make([]byte, 0, n.end-n.start) // never longer than it came
	text := d.unescape(n)
	d.scratch = scratch
	d.giants = append(d.giants, giant{n.start, text})
	return text
}

// giant is a long text that was unescaped, and where it starts.
type giant struct {
	start uint32
	text  []byte
}

// unescape appends to the scratch buffer; when that grows, earlier texts keep the old one.
func (d *Doc) unescape(n *node) []byte {
	from := len(d.scratch)
	for s := d.src[n.start:n.end]; len(s) > 0; {
		if s[0] != '\\' {
			end := 1
			for end < len(s) && s[end] != '\\' {
				end++
			}
			d.scratch = append(d.scratch, s[:end]...)
			s = s[end:]
			continue
		}
		if s[1] != 'u' {
			d.scratch = append(d.scratch, unescaped[s[1]])
			s = s[2:]
			continue
		}
		s = d.unescapeUnicode(s)
	}
	return d.scratch[from:len(d.scratch):len(d.scratch)]
}

var unescaped = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// unescapeUnicode takes one \uXXXX, or two that are a pair. Half a pair is no character
// and becomes U+FFFD.
func (d *Doc) unescapeUnicode(s []byte) []byte {
	r, _ := hex4(s)
	s = s[6:]
	if utf16.IsSurrogate(r) {
		low, ok := hex4(s)
		if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
			s = s[6:]
		} else {
			r = utf8.RuneError // counted by text
		}
	}
	d.scratch = utf8.AppendRune(d.scratch, r)
	return s
}

// hex4 reads the \uXXXX that s begins with.
func hex4(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range s[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
