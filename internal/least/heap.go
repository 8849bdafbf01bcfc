// Package least keeps sorted sources in order of what each is at, so that many of them are read
// as one.
package least

import "slices"

// Heap has the least of its sources on top.
type Heap[S any] struct {
	less    func(a, b S) bool
	sources []S
}

// Of returns the heap of the sources, which it takes over; less is an order without ties.
func Of[S any](less func(a, b S) bool, sources ...S) *Heap[S] {
	h := &Heap[S]{less, sources}
	for i := len(sources)/2 - 1; i >= 0; i-- {
		h.sink(i)
	}
	return h
}

// Len returns how many sources there are.
func (h *Heap[S]) Len() int { return len(h.sources) }

// Top returns the least source, of at least one.
func (h *Heap[S]) Top() S { return h.sources[0] }

// Fix puts the top, which has moved on, in its place.
func (h *Heap[S]) Fix() { h.sink(0) }

// Drop takes the top away, which is at its end.
func (h *Heap[S]) Drop() {
	last := len(h.sources) - 1
	h.sources[0] = h.sources[last]
	h.sources = slices.Delete(h.sources, last, last+1)
	h.sink(0)
}

// All returns the sources in no order.
func (h *Heap[S]) All() []S { return h.sources }

// sink moves a source down until none below it is less.
func (h *Heap[S]) sink(i int) {
	for {
		child := 2*i + 1
		if child >= len(h.sources) {
			return
		}
		if right := child + 1; right < len(h.sources) && h.less(h.sources[right], h.sources[child]) {
			child = right
		}
		if !h.less(h.sources[child], h.sources[i]) {
			return
		}
		h.sources[i], h.sources[child] = h.sources[child], h.sources[i]
		i = child
	}
}
