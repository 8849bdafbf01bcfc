// Package jsonrec reads one JSON record into a tape of nodes: no allocation in a warm
// Doc, no pointers for the collector to follow, every value's own bytes kept. It is the
// only place that knows how records are decoded.
//
// BenchmarkDecode runs it beside the decoders that could take its place, on a record of
// the messaging shape: it is as fast as fastjson, twice as fast as go-json into structs
// (which lose unknown keys), and ten times encoding/json. Unlike fastjson it takes
// nothing that is not JSON, follows 10,000 levels, writes texts as JSON, and knows half a
// surrogate pair when it sees one: text must survive, and hostile records must not pass.
package jsonrec

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// MaxDepth bounds the nesting of arrays and objects, so that a hostile record ends in
// an error and not in an exhausted stack. Real records nest less than 20 deep.
const MaxDepth = 10_000

// maxNodes bounds the values and names of a record, so that one of nothing but brackets
// cannot fill the memory: 64 MiB of nodes, twice what real records of 64 MB have.
const maxNodes = 1 << 22

// bytesPerNode is how many bytes of JSON a node stands for at least, in real records.
const bytesPerNode = 16

// Doc holds one parsed record. The zero Doc is ready; Parse may be called again and
// again, and makes the values of the previous record invalid. Not safe for concurrent use.
type Doc struct {
	src      []byte
	nodes    []node
	scratch  []byte // unescaped texts of the record
	giants   []giant
	replaced int
	seen     func(Value) // told of every text that is read; nil: nobody
}

// node is one value, or the name of a member. Children follow their parent.
type node struct {
	start, end uint32 // the value's bytes in src; of a text, those between the quotes
	next       uint32 // the node after this one and all that is in it
	kind       Kind
	escaped    bool // a text that holds escapes
}

// Parse reads one JSON text (RFC 8259). Bytes that are not UTF-8 are taken as U+FFFD
// and counted. The record may be up to 4 GiB; raw must not change while values are used.
func (d *Doc) Parse(raw []byte) (Value, error) {
	if len(raw) >= math.MaxUint32 {
		return Value{}, errors.New("record is larger than 4 GiB")
	}
	d.nodes, d.scratch, d.giants, d.replaced = d.nodes[:0], d.scratch[:0], nil, 0
	if !utf8.Valid(raw) {
		raw = d.repair(raw)
	}
	d.src = raw
	if cap(d.nodes)*bytesPerNode < len(raw) && len(raw) > keepLimit {
		d.nodes = make([]node, 0, min(len(raw)/bytesPerNode, maxNodes)) // growing there would cost twice as much
	}
	end, err := d.value(d.space(0), 0)
	if err != nil {
		return Value{}, err
	}
	if end = d.space(end); end < len(raw) {
		return Value{}, d.wrong(end, "end of the record")
	}
	return Value{doc: d, at: 0, ok: true}, nil
}

// Source returns the record's bytes, repaired if they were not UTF-8.
func (d *Doc) Source() []byte { return d.src }

// Replaced returns how many broken characters were taken as U+FFFD: bytes that are no
// UTF-8, and halves of surrogate pairs.
func (d *Doc) Replaced() int { return d.replaced }

func (d *Doc) repair(raw []byte) []byte {
	for b := raw; len(b) > 0; {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			d.replaced++
		}
		b = b[n:]
	}
	runes := make([]byte, 0, len(raw)+2*d.replaced)
	for b := raw; len(b) > 0; {
		r, n := utf8.DecodeRune(b) // one U+FFFD for each wrong byte, as counted
		runes = utf8.AppendRune(runes, r)
		b = b[n:]
	}
	return runes
}

func (d *Doc) wrong(at int, want string) error {
	if at >= len(d.src) {
		return fmt.Errorf("record ends where %s should be", want)
	}
	return fmt.Errorf("byte %d is %q where %s should be", at, d.src[at], want)
}

// keepLimit is what a Doc may hold on to between records; more is given back, so that
// one record of tens of megabytes does not stay in memory.
const keepLimit = 4 << 20

const nodeSize = 16 // bytes of a node

// Release gives back the memory of a giant record. Values become invalid.
func (d *Doc) Release() {
	d.giants = nil
	if cap(d.nodes)*nodeSize+cap(d.scratch) > keepLimit {
		*d = Doc{seen: d.seen}
	}
}

func (d *Doc) space(i int) int {
	if i < len(d.src) && d.src[i] > ' ' {
		return i
	}
	return d.spaces(i)
}

func (d *Doc) spaces(i int) int {
	for i < len(d.src) && (d.src[i] == ' ' || d.src[i] == '\n' || d.src[i] == '\t' || d.src[i] == '\r') {
		i++
	}
	return i
}

var literals = map[byte]struct {
	text string
	kind Kind
}{'t': {"true", True}, 'f': {"false", False}, 'n': {"null", Null}}

func (d *Doc) literal(i int) (int, error) {
	l, ok := literals[d.src[i]]
	if !ok || !bytes.HasPrefix(d.src[i:], []byte(l.text)) {
		return 0, d.wrong(i, "a value")
	}
	return d.leaf(l.kind, i, i+len(l.text)), nil
}

// leaf adds a node without children and returns end.
func (d *Doc) leaf(k Kind, start, end int) int {
	d.nodes = append(d.nodes, node{
		kind: k, start: uint32(start), end: uint32(end), next: uint32(len(d.nodes) + 1),
	})
	return end
}
