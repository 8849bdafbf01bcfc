package conversation

// Rebase takes up what is stored in place of this state, as another execution has written it,
// and then everything of this one that is not there: entries that were not written, which stand
// in no journal, and events that wait.
func (s *State) Rebase(stored *State, unwritten []Entry, at int64) {
	mine := *s
	if stored != nil {
		*s = *stored
	} else {
		*s = State{}
	}
	s.Consumer, s.Participant, s.Features, s.Opened = mine.Consumer, mine.Participant, mine.Features, mine.Opened
	s.Subscribed, s.Relayed, s.Silent = mine.Subscribed, min(mine.Relayed, s.Next), mine.Silent
	for _, a := range mine.Answers {
		s.Remember(a)
	}
	for _, d := range mine.Doubts {
		if _, known := s.Remembered(d.Update, d.Key); !known {
			s.Doubt(d)
		}
	}
	s.Settle(at)
	for _, e := range append(unwritten, mine.Outbox...) {
		switch {
		case e.Event != nil:
			s.Apply(*e.Event, at)
		case e.Failed != nil:
			s.Fail(e.Failed.IdemKey, e.Failed.Reason, at)
		}
	}
	for _, r := range mine.Readings {
		for _, h := range r.Held {
			s.Apply(h.Event, h.At)
		}
	}
}
