package live

import (
	"container/heap"
	"context"
	"time"
)

// agenda is what will happen by itself, in the order of the times, and of their entry.
type agenda struct {
	items entries
	count int
}

type entry struct {
	at    time.Time
	order int
	do    func()
}

type entries []entry

// Len implements heap.Interface.
func (l entries) Len() int { return len(l) }

// Less implements heap.Interface.
func (l entries) Less(i, j int) bool {
	if l[i].at.Equal(l[j].at) {
		return l[i].order < l[j].order
	}
	return l[i].at.Before(l[j].at)
}

// Swap implements heap.Interface.
func (l entries) Swap(i, j int) { l[i], l[j] = l[j], l[i] }

// Push implements heap.Interface.
func (l *entries) Push(x any) { *l = append(*l, x.(entry)) }

// Pop implements heap.Interface.
func (l *entries) Pop() any {
	last := len(*l) - 1
	x := (*l)[last]
	(*l)[last] = entry{}
	*l = (*l)[:last]
	return x
}

func (a *agenda) add(at time.Time, do func()) {
	a.count++
	heap.Push(&a.items, entry{at: at, order: a.count, do: do})
}

// Tick lets happen what is due by now: what agents were told to do later, what automatic agents
// do, the end of dialogs that were idle for too long. Without ticks nothing happens by itself.
func (e *Engine) Tick() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.agenda.items) > 0 && !e.agenda.items[0].at.After(e.config.Now()) {
		heap.Pop(&e.agenda.items).(entry).do()
	}
}

// tickEvery is how late what is due may happen.
const tickEvery = 20 * time.Millisecond

// Run ticks until ctx ends.
func (e *Engine) Run(ctx context.Context) {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			e.Tick()
		}
	}
}
