package world

import "sync"

// keptDays bounds the memory of listed days: the pages of a month's query list each once.
const keptDays = 40

// days remembers the status changes of the days that were listed last.
type days struct {
	mu    sync.Mutex
	order []int64 // oldest first
	lists map[int64][]StatusChange
}

func (d *days) get(day int64, list func() []StatusChange) []StatusChange {
	d.mu.Lock()
	defer d.mu.Unlock() // held while listing: pages asked for at once wait for one
	if known, ok := d.lists[day]; ok {
		return known
	}
	if d.lists == nil {
		d.lists = map[int64][]StatusChange{}
	}
	if len(d.order) == keptDays {
		delete(d.lists, d.order[0])
		d.order = d.order[1:]
	}
	d.order = append(d.order, day)
	d.lists[day] = list()
	return d.lists[day]
}
