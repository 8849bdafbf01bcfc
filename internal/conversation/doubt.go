package conversation

import "slices"

// mostDoubts is how many requests may be in doubt at once: each of them cost somebody minutes of
// waiting.
const mostDoubts = 100

// Doubt is a request of the channel's side that failed and may have taken effect nevertheless: a
// repeat looks for that first. Times are epoch milliseconds.
type Doubt struct {
	Key    string `json:"key"`
	Update string `json:"update,omitempty"` // empty: a message
	Since  int64  `json:"since"`            // when it was first made
	Maybe  int64  `json:"maybe"`            // when it was last made, so that it may have taken effect
	Dialog string `json:"dialog,omitempty"` // that it was made in; empty: nobody noted it
}

// Doubted returns the doubt in which the request under the key was left.
func (s *State) Doubted(update, key string) (Doubt, bool) {
	i := slices.IndexFunc(s.Doubts, func(d Doubt) bool { return key != "" && d.Key == key && d.Update == update })
	if i < 0 {
		return Doubt{}, false
	}
	return s.Doubts[i], true
}

// Doubt notes what is known of a request from now on.
func (s *State) Doubt(d Doubt) {
	s.Settled(d.Update, d.Key)
	if d.Key != "" {
		s.Doubts = last(append(s.Doubts, d), mostDoubts)
	}
}

// Settled notes that it is known what became of the request under the key.
func (s *State) Settled(update, key string) {
	s.Doubts = slices.DeleteFunc(s.Doubts, func(d Doubt) bool { return d.Key == key && d.Update == update })
}

// TakenBy returns the numbers of the dialog's messages that are known as those of other keys: none
// of them is what a request under this one did.
func (s *State) TakenBy(key, dialog string) (numbers []int) {
	for _, m := range s.Messages {
		if m.IdemKey != "" && m.IdemKey != key && m.Dialog == dialog && m.Sequence != Unnumbered {
			numbers = append(numbers, m.Sequence)
		}
	}
	for _, a := range s.Answers { // of one that a history without keys told of first
		if a.Update == "" && a.Key != key && a.Dialog == dialog && a.Sequence != Unnumbered && !slices.Contains(numbers, a.Sequence) {
			numbers = append(numbers, a.Sequence)
		}
	}
	return numbers
}
