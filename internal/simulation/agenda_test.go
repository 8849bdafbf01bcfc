package simulation

import (
	"container/heap"
	"time"
)

// agenda is what is to happen, in order of time.
type agenda struct {
	all []entry
	n   int
}

type entry struct {
	at time.Time
	n  int // order of those at one moment
	do func()
}

// add lets something happen at a time.
func (a *agenda) add(at time.Time, do func()) {
	a.n++
	heap.Push((*byTime)(a), entry{at, a.n, do})
}

// next returns what comes first; nil for nothing.
func (a *agenda) next() (time.Time, func()) {
	if len(a.all) == 0 {
		return time.Time{}, nil
	}
	return a.all[0].at, a.all[0].do
}

func (a *agenda) pop() { heap.Pop((*byTime)(a)) }

// every lets something happen again and again.
func (w *world) every(d time.Duration, do func()) {
	var again func()
	again = func() {
		do()
		w.agenda.add(w.now.Add(d), again)
	}
	w.agenda.add(w.now.Add(d), again)
}

// after lets something happen when the time has passed.
func (w *world) after(d time.Duration, do func()) { w.agenda.add(w.now.Add(d), do) }

type byTime agenda

func (b *byTime) Len() int { return len(b.all) }

func (b *byTime) Less(i, j int) bool {
	if !b.all[i].at.Equal(b.all[j].at) {
		return b.all[i].at.Before(b.all[j].at)
	}
	return b.all[i].n < b.all[j].n
}

func (b *byTime) Swap(i, j int) { b.all[i], b.all[j] = b.all[j], b.all[i] }

func (b *byTime) Push(x any) { b.all = append(b.all, x.(entry)) }

func (b *byTime) Pop() any {
	last := b.all[len(b.all)-1]
	b.all = b.all[:len(b.all)-1]
	return last
}
