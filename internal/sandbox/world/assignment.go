package world

// assignment is a human agent getting a conversation.
type assignment struct {
	agent int
	at    int64
}

// assignments calls visit with every assignment of a human in [from, to), as the stories of
// all conversations tell them, in no particular order.
func (a *Account) assignments(from, to int64, visit func(assignment)) {
	var c cast
	a.around(from, to, func(n int64) {
		t := a.times(n)
		if t.end < from || t.start >= to {
			return
		}
		a.cast(n, &t, &c)
		for i := range c.n {
			if s := &c.segments[i]; s.agent >= a.directory.humans && s.assigned >= from && s.assigned < to {
				visit(assignment{s.agent, s.assigned})
			}
		}
	})
}

// around calls visit, in growing order, with every conversation that may be under way at
// some time of [from, to): those that began shortly before or in it, and the tail.
func (a *Account) around(from, to int64, visit func(n int64)) {
	usual, hi := a.first(from-longestUsual), a.first(to)
	tail := a.first(from - tailLongest)
	tail += (tailEvery - int64((uint64(tail)+a.seed)%tailEvery)) % tailEvery
	for ; tail < usual; tail += tailEvery {
		visit(tail)
	}
	for n := usual; n < hi; n++ {
		visit(n)
	}
}
