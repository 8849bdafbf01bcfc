package latest

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	// mostShapes bounds those that a sorter looks for: rows of one table mostly have one.
	mostShapes = 4
	// mostPacked bounds the rows that are packed, so that a reader has one in its buffer.
	mostPacked = readBuffer / 2
	// mostText bounds the text of a shape, which has at most a byte more for each four of its row.
	mostText = readBuffer
)

// shapes are those of a sorter's rows, as they were met. They are safe for concurrent use.
type shapes struct {
	mu  sync.Mutex
	met atomic.Pointer[[]*shape]
}

// pack returns what is kept of a row, in the memory if it is packed, and the number of its shape:
// noShape for a row that is kept as it is, as the first of a shape is.
func (s *shapes) pack(memory *[]byte, raw []byte) (kept []byte, number uint16) {
	if len(raw) > mostPacked {
		return raw, noShape
	}
	for i, shape := range s.all() {
		packed, ok := shape.pack((*memory)[:0], raw)
		if *memory = packed; ok {
			return packed, uint16(i + 1)
		}
	}
	s.meet(raw)
	return raw, noShape
}

const noShape = 0

// of returns the shape of a number; nil for noShape.
func (s *shapes) of(number uint16) *shape {
	if number == noShape {
		return nil
	}
	return s.all()[number-1]
}

// all returns the shapes, to which others are only appended.
func (s *shapes) all() []*shape {
	if met := s.met.Load(); met != nil {
		return *met
	}
	return nil
}

// meet looks for the shape of a row that has none of the known ones.
func (s *shapes) meet(raw []byte) {
	if len(s.all()) == mostShapes {
		return
	}
	shape := shapeOf(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.all()
	if shape == nil || len(known) == mostShapes || slices.ContainsFunc(known, shape.same) {
		return
	}
	more := append(slices.Clone(known), shape)
	s.met.Store(&more)
}

func (s *shape) same(o *shape) bool { return s == o || bytes.Equal(s.text, o.text) }
