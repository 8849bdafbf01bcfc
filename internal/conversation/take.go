package conversation

const (
	mostTaken   = 2_000     // entries written at once: a flood is written faster than it comes
	largest     = 512 << 10 // bytes written at once, as JSON
	mostCarried = 32 << 10  // bytes of entries that an execution may leave to the next
)

// Take gives the entries to write next, in order and with their positions, as many as are written
// at once; at least one, if there is any. They are nobody's but the caller's from now on.
func (s *State) Take() []Entry {
	n, size := 0, 0
	for n < min(len(s.Outbox), mostTaken) {
		if size += sizeOf(s.Outbox[n]); n > 0 && size > largest {
			break
		}
		n++
	}
	batch := make([]Entry, n)
	copy(batch, s.Outbox)
	s.Outbox = rest(s.Outbox, n)
	for i := range batch {
		batch[i].Position = s.Next
		s.Next++
	}
	return batch
}

// rest is the list without its first n. It holds nothing of them: a conversation is kept for days,
// and what a flood needed is not kept with it.
func rest[T any](list []T, n int) []T {
	if n == len(list) {
		return nil
	}
	clear(list[:n])
	return list[n:]
}

// Light reports whether the state may be carried to another execution: not much is unwritten.
func (s *State) Light() bool {
	size := 0
	for _, e := range s.Outbox {
		if size += sizeOf(e); size > mostCarried {
			return false
		}
	}
	return true
}
