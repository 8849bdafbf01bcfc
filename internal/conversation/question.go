package conversation

// Question is what the history is asked: of each dialog the numbers after one, up to another.
type Question struct {
	After  map[string]int `json:"after,omitempty"`
	Wanted map[string]int `json:"wanted,omitempty"` // a dialog without one: all that there is
}

// Missing returns the question for all numbers that are missing.
func (s *State) Missing() Question {
	q := Question{After: map[string]int{}, Wanted: map[string]int{}}
	for i := range s.Readings {
		if r := &s.Readings[i]; r.waits() {
			q.After[r.Dialog], q.Wanted[r.Dialog] = r.Next-1, r.Known-1
		}
	}
	return q
}

// Rest returns the question for everything that was not read yet.
func (s *State) Rest() Question {
	q := Question{After: map[string]int{}}
	for i := range s.Readings {
		q.After[s.Readings[i].Dialog] = s.Readings[i].Next - 1
	}
	return q
}

// Answered takes what the history said to a question. Full says that it said all it knows: then
// what it does not know is passed without a mark where webhooks do not bring every kind of
// event. What is missing still is asked for again, less and less often.
func (s *State) Answered(q Question, events []Event, full bool, at int64) {
	asked := make([]int, len(s.Readings))
	for i := range s.Readings {
		asked[i] = s.Readings[i].Asked
	}
	for _, e := range events {
		s.Apply(e, at)
	}
	for i := range asked {
		r := &s.Readings[i]
		upto, was := q.Wanted[r.Dialog]
		if !was {
			continue
		}
		if full && s.sparse() {
			s.skip(r, upto, at)
		}
		if r.waits() {
			r.Asked, r.Last = asked[i]+1, at
		}
	}
}

// skip reads the events that wait, up to a number; what is missing between them does not exist for us.
func (s *State) skip(r *Reading, upto int, at int64) {
	for len(r.Held) > 0 && r.Held[0].Event.Sequence <= upto {
		e := r.Held[0].Event
		r.Held = r.Held[1:]
		s.emit(Entry{Event: &e, At: at})
	}
	s.release(r, at)
}
