package rowindex

import "iter"

// Kind is what became of a row between two sets.
type Kind byte

// The kinds.
const (
	Same    Kind = iota
	Added        // new, or back again
	Changed      // there before with other content
	Removed      // there before, not now
	Gone         // not there before either, but known: an entry with Removed
)

// String is the kind as the column _change has it.
func (k Kind) String() string {
	return [...]string{"same", "added", "changed", "removed", "removed"}[k]
}

// Change is one key of two sets.
type Change struct {
	Kind Kind
	// Entry is the row as it is now, or as it was if it is not there now. Rev counts this
	// change already: 0 at first, one more whenever a key is exported with other content,
	// its removal and its return among them.
	Entry Entry
}

// Diff compares two sets in ascending key order (see Read) and yields one change a key. It
// ends at the first error.
func Diff(before, now iter.Seq2[Entry, error]) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		a, b := open(before), open(now)
		defer a.stop()
		defer b.stop()
		for a.ok || b.ok {
			if err := errOf(a, b); err != nil {
				yield(Change{}, err)
				return
			}
			var change Change
			switch {
			case !b.ok || a.ok && a.entry.Key < b.entry.Key:
				change = left(a.entry)
				a.advance()
			case !a.ok || b.entry.Key < a.entry.Key:
				change = Change{Added, b.entry}
				b.advance()
			default:
				change = both(a.entry, b.entry)
				a.advance()
				b.advance()
			}
			if !yield(change, nil) {
				return
			}
		}
	}
}

// left is the change of a key that is not there now.
func left(was Entry) Change {
	if was.Removed != 0 {
		return Change{Gone, was}
	}
	was.Rev++
	return Change{Removed, was}
}

// both is the change of a key that is in both sets.
func both(was, is Entry) Change {
	switch {
	case was.Removed != 0:
		is.Rev = was.Rev + 1
		return Change{Added, is}
	case was.Hash == is.Hash:
		is.Rev = was.Rev
		return Change{Same, is}
	}
	is.Rev = was.Rev + 1
	return Change{Changed, is}
}

// side is one of the sets, at the entry that is next.
type side struct {
	next  func() (Entry, error, bool)
	stop  func()
	entry Entry
	err   error
	ok    bool
}

func open(set iter.Seq2[Entry, error]) *side {
	s := &side{}
	s.next, s.stop = iter.Pull2(set)
	s.advance()
	return s
}

func (s *side) advance() { s.entry, s.err, s.ok = s.next() }

func errOf(sides ...*side) error {
	for _, s := range sides {
		if s.err != nil {
			return s.err
		}
	}
	return nil
}

// Stays is what the next index says of a row that is not there now and nevertheless not removed: all that
// it said before.
func (c Change) Stays() Entry {
	e := c.Entry
	e.Rev--
	return e
}

// Kept is what the next index says of the key: the row as it is now, or that it was gone at
// the moment, in epoch milliseconds, if it is not known to be gone for longer.
func (c Change) Kept(at int64) Entry {
	e := c.Entry
	if c.Kind == Removed {
		e.Removed = at
	}
	return e
}
