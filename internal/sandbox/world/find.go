package world

import (
	"slices"

	"transporter/internal/sandbox/history"
)

// Search finds what the query asks for. A query of start times alone costs nothing;
// one by end looks at the days around and at the tail; others look at every
// conversation of the start range once, and remember.
func (a *Account) Search(q *history.Query, now int64) history.Hits {
	from, to := history.Oldest(now), now
	if q.Start.Set {
		from, to = max(from, q.Start.From), min(to, q.Start.To)
	}
	lo, hi := a.first(from), a.first(to+1)
	if q.OnlyStart() && q.Sort <= history.StartDesc {
		return a.span(lo, max(lo, hi), now, q.Sort != history.StartAsc)
	}
	base, list := a.recent.get(q, now, func() (int64, []uint32) { return lo, a.scan(q, lo, hi, now) })
	return &found{account: a, now: now, base: base, list: list, reverse: q.Sort == history.Unsorted || q.Sort == history.StartDesc}
}

// scan lists the matching numbers of [lo, hi), less lo, in the order of their starts,
// or of their ends when the query sorts by them.
func (a *Account) scan(q *history.Query, lo, hi, now int64) []uint32 {
	var list []uint32
	var ends []int64
	var f history.Facts
	a.candidates(q, lo, hi, now, func(n int64) {
		asOf := a.asOf(n, now)
		t := a.times(n)
		if t.start > asOf {
			return
		}
		t.facts(asOf, &f)
		if !q.MatchTimes(&f) {
			return
		}
		if !q.OnlyTimes() {
			a.traits(n, asOf, &f)
			if !q.Match(&f) {
				return
			}
		}
		list = append(list, uint32(n-lo))
		ends = append(ends, f.End)
	})
	if q.Sort == history.EndAsc || q.Sort == history.EndDesc {
		return byEnd(list, ends, q.Sort == history.EndDesc)
	}
	return list
}

func byEnd(list []uint32, ends []int64, reverse bool) []uint32 {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case ends[i] == ends[j]:
			return 0
		case ends[i] < ends[j] != reverse:
			return -1
		}
		return 1
	})
	sorted := make([]uint32, len(list))
	for i, o := range order {
		sorted[i] = list[o]
	}
	return sorted
}

// candidates calls visit, in growing order, with every number of [lo, hi) that may match
// the query's end filters: those that began shortly before, and the tail.
func (a *Account) candidates(q *history.Query, lo, hi, now int64, visit func(n int64)) {
	from, to, bounded := endBounds(q, now)
	usual := lo
	if bounded {
		usual = min(max(lo, a.first(from-longestUsual-surveyTimeout)), hi)
		hi = min(hi, a.first(to+1))
		tail := max(lo, a.first(from-tailLongest-surveyTimeout))
		tail += (tailEvery - int64((uint64(tail)+a.seed)%tailEvery)) % tailEvery
		for ; tail < min(usual, hi); tail += tailEvery {
			visit(tail)
		}
	}
	for n := usual; n < hi; n++ {
		visit(n)
	}
}

// endBounds is the time in which the conversation or its survey must have ended or may
// end; a search for open conversations looks for ends that have not come.
func endBounds(q *history.Query, now int64) (from, to int64, bounded bool) {
	from, to = 0, now
	if q.End.Set {
		from, to, bounded = max(from, q.End.From), min(to, q.End.To), true
	}
	if q.FullDialogEnd.Set {
		from, to, bounded = max(from, q.FullDialogEnd.From), min(to, q.FullDialogEnd.To), true
	}
	if len(q.Status) == 1 && q.Status[0] == "OPEN" {
		from, bounded = max(from, now-maxLag), true
	}
	return from, to, bounded
}

// Conversation finds one by its id; at most one hit.
func (a *Account) Conversation(id string, now int64) history.Hits {
	n, ok := a.number(conversationID, id)
	if !ok || !a.visible(n, now) {
		return &found{account: a}
	}
	return &found{account: a, now: now, base: n, list: []uint32{0}}
}

// visible reports whether searches at now see conversation n.
func (a *Account) visible(n, now int64) bool {
	s := a.start(n)
	return s >= history.Oldest(now) && s <= a.asOf(n, now)
}

// Consumer finds the conversations of one consumer, newest first.
func (a *Account) Consumer(id string, status []string, now int64) history.Hits {
	h := &found{account: a, now: now, reverse: true}
	n, ok := a.number(consumerID, id)
	if !ok {
		return h
	}
	h.base = n
	var f history.Facts
	for _, m := range a.conversationsOf(n) {
		if !a.visible(m, now) {
			continue
		}
		t := a.times(m)
		t.facts(a.asOf(m, now), &f)
		if len(status) == 0 || slices.Contains(status, f.Status()) {
			h.list = append(h.list, uint32(m-n))
		}
	}
	return h
}
