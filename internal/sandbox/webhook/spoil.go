package webhook

import "time"

// longestHeld is how long a delivery waits to be overtaken; a conversation may end before.
const longestHeld = 2 * time.Second

// arrive puts a delivery into its lane, or aside for as many later ones as are drawn. Each that
// arrives lets those that were put aside before it come nearer.
func (q *queue) arrive(l *lane, d *delivery, f *Faults) {
	q.size++
	q.bytes += len(d.Change)
	before := len(l.held)
	for _, h := range l.held {
		h.behind--
	}
	n := d.id << 1
	if d.duplicate {
		n++
	}
	if behind := int(f.drawn(drawReorder, n) * float64(f.Reorder+1)); behind > 0 {
		h := &held{d, behind}
		l.held = append(l.held, h)
		q.later(longestHeld, func() { h.behind = 0; q.release(l, len(l.held)); q.schedule(l) })
	} else {
		q.append(l, d)
	}
	q.release(l, before)
}

// release moves those of the first n held that were overtaken often enough to the lane's end.
func (q *queue) release(l *lane, n int) {
	kept := l.held[:0:0]
	for i, h := range l.held {
		if i < n && h.behind <= 0 {
			q.append(l, h.delivery)
		} else {
			kept = append(kept, h)
		}
	}
	l.held = kept
}
