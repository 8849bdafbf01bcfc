package conversation

const (
	askAfter   = 10_000      // ms: a number that is missing for so long is asked for
	askSparse  = 1_000       // ms: so soon where numbers are missing all the time, as webhooks do not bring all kinds
	askWidest  = 5 * 60_000  // ms between two questions, at most
	giveUpAt   = 15 * 60_000 // ms: then the number is marked and passed
	mostHeld   = 1_000       // events of a dialog that wait
	mostWaits  = 96 << 10    // bytes of all events that wait, as JSON
	manyWaits  = mostWaits / 2
	noDeadline = int64(0)
)

// sparse reports that webhooks do not bring every kind of numbered event, so that missing numbers
// are the rule: what the history does not know either is no loss.
func (s *State) sparse() bool {
	missing := map[Kind]bool{Content: true, Rich: true, Status: true}
	for _, k := range s.Subscribed {
		delete(missing, k)
	}
	return len(missing) > 0
}

// AskAt returns when the history is to be asked for what is missing, 0 if nothing is.
func (s *State) AskAt() int64 {
	first, sparse, crowded := noDeadline, s.sparse(), s.waiting() > manyWaits
	for i := range s.Readings {
		if r := &s.Readings[i]; r.waits() {
			first = firstOf(first, r.askAt(sparse, crowded))
		}
	}
	return first
}

// askAt is when the history is to be asked for what is missing of the dialog: soon where that is
// most likely nothing, for everything that came since the last question.
func (r *Reading) askAt(sparse, crowded bool) int64 {
	switch {
	case r.Asked == 0 && sparse:
		return r.Since + askSparse
	case r.Asked == 0 && crowded:
		return r.Since
	case r.Asked == 0:
		return r.Since + askAfter
	}
	again := r.Last + min(int64(askAfter)<<min(r.Asked, 10), askWidest)
	for _, h := range r.Held {
		if sparse && h.At > r.Last {
			again = min(again, h.At+askSparse)
		}
	}
	return again
}

// GiveUpAt returns when the first missing number is to be passed, 0 if none is missing.
func (s *State) GiveUpAt() int64 {
	first := noDeadline
	for i := range s.Readings {
		if r := &s.Readings[i]; r.waits() {
			first = firstOf(first, r.Since+giveUpAt)
		}
	}
	return first
}

// GiveUp marks and passes what has been missing for too long.
func (s *State) GiveUp(at int64) {
	for i := range s.Readings {
		for r := &s.Readings[i]; r.waits() && r.Since+giveUpAt <= at; {
			s.pass(r, at)
		}
	}
}

// pass marks the numbers up to the first event that waits, or up to the last that is known.
func (s *State) pass(r *Reading, at int64) {
	to := r.Known
	if len(r.Held) > 0 {
		to = r.Held[0].Event.Sequence
	}
	s.emit(Entry{Gap: &Gap{Dialog: r.Dialog, From: r.Next, To: to - 1}, At: at})
	s.release(r, at)
}

// relieve marks and passes what is missing when too much waits for it: nothing is lost by that,
// what comes yet is late.
func (s *State) relieve(r *Reading, at int64) {
	for len(r.Held) > mostHeld || len(r.Held) > 0 && s.waiting() > mostWaits {
		s.pass(r, at)
	}
}

// waiting is how many bytes of events wait.
func (s *State) waiting() (bytes int) {
	for i := range s.Readings {
		for _, h := range s.Readings[i].Held {
			bytes += h.Size
		}
	}
	return bytes
}
