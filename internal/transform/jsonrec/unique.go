package jsonrec

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// Names of an object must be unique (RFC 8259 §4: what a reader makes of others is
// unpredictable): whichever value were taken, the other would be lost in silence.

// names notices a name that an object has twice, at the cost of a few instructions a member.
type names struct {
	seen  [4]uint64 // a bit for the mark of each name so far
	n     int
	later bool // to be compared at the end, all at once
}

// fewNames is how many members an object may have for a new name to be compared with those
// before it. Real ones have at most 50.
const fewNames = 64

// add takes the name that was read last, of the object at self, and reports whether it was
// there before.
func (s *names) add(d *Doc, self int) bool {
	at := len(d.nodes) - 1
	name := &d.nodes[at]
	if s.n++; s.later || s.n > fewNames || name.escaped {
		s.later = true
		return false
	}
	text := d.src[name.start:name.end]
	m := mark(text)
	known := s.seen[m>>6]&(1<<(m&63)) != 0
	s.seen[m>>6] |= 1 << (m & 63)
	if !known {
		return false
	}
	for i := self + 1; i < at; i = int(d.nodes[i+1].next) {
		if n := &d.nodes[i]; bytes.Equal(d.src[n.start:n.end], text) {
			return true
		}
	}
	return false
}

// mark is a number below 256 that mostly differs between names.
func mark(name []byte) uint8 {
	if len(name) == 0 {
		return 0
	}
	return uint8(len(name))*29 ^ name[0]*7 ^ name[len(name)/2]*13 ^ name[len(name)-1]
}

// twice returns a name that the closed object has more than once, nil if there is none.
func (s *names) twice(d *Doc, self int) []byte {
	if !s.later {
		return nil
	}
	all := make([][]byte, 0, s.n)
	for i, end := uint32(self+1), d.nodes[self].next; i < end; i = d.nodes[i+1].next {
		all = append(all, d.textOf(&d.nodes[i]))
	}
	slices.SortFunc(all, bytes.Compare)
	for i := 1; i < len(all); i++ {
		if bytes.Equal(all[i-1], all[i]) {
			return all[i]
		}
	}
	return nil
}

// ErrRepeated is in the error for a name that an object has twice.
var ErrRepeated = errors.New("a member's name is there twice")

func (d *Doc) repeated(name []byte) error {
	const most = 40 // enough to recognise it
	return fmt.Errorf("%w: %q", ErrRepeated, name[:min(len(name), most)])
}
