package conversation

import "slices"

// fold adds a line of the journal to the state; its position plays no part in it.
func (s *State) fold(e Entry) {
	s.Counts.Entries++
	switch {
	case e.Event != nil:
		s.foldEvent(e.Event, e.Late)
		s.First = firstOf(s.First, e.At)
		s.Last = max(s.Last, e.At)
	case e.Gap != nil:
		s.Counts.Gaps++
		s.Counts.Missing += int64(e.Gap.To - e.Gap.From + 1)
		if r := s.reading(e.Gap.Dialog); r != nil && e.Gap.To >= r.Next {
			r.Passed.add(r.Next, e.Gap.To+1)
			r.moveTo(e.Gap.To + 1)
		}
	case e.Failed != nil:
		s.Counts.Failed++
		s.addMessage(Message{IdemKey: e.Failed.IdemKey, Sequence: Unnumbered, Consumer: true, State: MessageFailed, At: e.At})
	}
}

func firstOf(a, b int64) int64 {
	if a == 0 {
		return b
	}
	return min(a, b)
}

func (s *State) foldEvent(e *Event, late bool) {
	if late {
		s.Counts.Late++
		s.Counts.Missing = max(s.Counts.Missing-1, 0)
	}
	var r *Reading
	if e.numbered() {
		r = s.reading(e.Dialog)
	}
	switch {
	case r != nil && e.Sequence >= r.Passed.Floor:
		r.take(e.Sequence)
	case e.Kind != Typing:
		s.Others = last(append(s.Others, ringKey(e.Key)), mostOthers)
	}
	switch e.Kind {
	case Content, Rich:
		s.foldMessage(e)
	case Status:
		s.foldStatus(e)
	case Details:
		if e.State != nil && e.State.Updated >= s.Latest.Updated {
			s.Latest = bounded(*e.State)
		}
	}
}

// bounded returns the statement with no more participants and dialogs than a state may hold.
func bounded(v Snapshot) Snapshot {
	v.Participants = v.Participants[:min(len(v.Participants), mostParticipants)]
	v.Dialogs = last(slices.Clone(v.Dialogs), mostDialogs)
	for i := range v.Dialogs {
		d := &v.Dialogs[i]
		d.Participants = d.Participants[:min(len(d.Participants), mostParticipants/10)]
	}
	return v
}

// last keeps the last elements of a list that is its caller's alone, at most so many: where they lie,
// because a full list gets one more with every event.
func last[T any](list []T, most int) []T {
	if len(list) <= most {
		return list
	}
	copy(list, list[len(list)-most:])
	clear(list[most:])
	return list[:most]
}

// Replay brings a state that was stored up to the end of the journal: entries must follow each
// other from the state's Next on or before it. An execution that was terminated loses nothing of
// what it had written.
func Replay(s *State, entries ...Entry) {
	for _, e := range entries {
		if e.Position < s.Next {
			continue
		}
		s.fold(e)
		s.Next = e.Position + 1
	}
}

// Settle reads what the journal, by itself, has made ready: after Replay.
func (s *State) Settle(at int64) {
	for i := range s.Readings {
		s.release(&s.Readings[i], at)
	}
}
