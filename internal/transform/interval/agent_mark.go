package interval

import "slices"

// mark is a span of an interval, in milliseconds from its start, and what went on in it.
type mark struct {
	from, to int32
	kind     markKind
}

type markKind uint8

// What marks are of. Those of a kind may overlap; statuses do not.
const (
	assigned markKind = iota // had a segment
	busy
	whileOnline
	whileAway
)

// mark notes a span of an interval [start, end). One that covers it all makes all others of
// its kind needless: conversations last for hours, and take no room for most intervals.
func (t *agentTally) mark(kind markKind, start, end, from, to int64) {
	bit := uint8(1) << kind
	switch {
	case t.whole&bit != 0:
	case from == start && to == end:
		t.whole |= bit
		t.marks = slices.DeleteFunc(t.marks, func(m mark) bool { return m.kind == kind })
	default:
		t.marks = append(t.marks, mark{int32(from - start), int32(to - start), kind})
	}
}

// covered returns the milliseconds of the kind in an interval of the length, each counted
// once however many spans it is in.
func (t *agentTally) covered(kind markKind, length int64) int64 {
	return covers(t.union(kind, length))
}

// both returns the milliseconds that are of both kinds.
func (t *agentTally) both(a, b markKind, length int64) (sum int64) {
	left, right := t.union(a, length), t.union(b, length)
	for len(left) > 0 && len(right) > 0 {
		sum += max(0, int64(min(left[0].to, right[0].to)-max(left[0].from, right[0].from)))
		if left[0].to < right[0].to {
			left = left[1:]
		} else {
			right = right[1:]
		}
	}
	return sum
}

// union returns the spans of the kind in order of time, joined where they overlap.
func (t *agentTally) union(kind markKind, length int64) (out []mark) {
	if t.whole&(1<<kind) != 0 {
		return []mark{{to: int32(length), kind: kind}}
	}
	for _, m := range t.marks {
		if m.kind == kind {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b mark) int { return int(a.from - b.from) })
	joined := out[:0]
	for _, m := range out {
		if n := len(joined); n > 0 && m.from <= joined[n-1].to {
			joined[n-1].to = max(joined[n-1].to, m.to)
			continue
		}
		joined = append(joined, m)
	}
	return joined
}

func covers(spans []mark) (sum int64) {
	for _, m := range spans {
		sum += int64(m.to - m.from)
	}
	return sum
}
