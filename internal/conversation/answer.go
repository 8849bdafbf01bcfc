package conversation

import "slices"

// mostAnswers is how many answers a conversation remembers for callers that repeat a request: so many
// of messages, and so many of everything else. Of a message that is older the journal is asked.
const mostAnswers = 100

// Answer is what a request of the channel's side got, for its repeats.
type Answer struct {
	Key      string `json:"key"`
	Update   string `json:"update,omitempty"` // empty: a message, as the platform told of it
	Dialog   string `json:"dialog"`
	Sequence int    `json:"sequence"`
}

// Remembered returns what the request under the key got before.
func (s *State) Remembered(update, key string) (Answer, bool) {
	i := slices.IndexFunc(s.Answers, func(a Answer) bool { return key != "" && a.Key == key && a.Update == update })
	if i < 0 {
		return Answer{}, false
	}
	return s.Answers[i], true
}

// Remember keeps an answer; the first one under a key stays.
func (s *State) Remember(a Answer) {
	if _, known := s.Remembered(a.Update, a.Key); known || a.Key == "" {
		return
	}
	s.Settled(a.Update, a.Key)
	s.Answers = append(s.Answers, a)
	alike := func(b Answer) bool { return (b.Update == "") == (a.Update == "") }
	oldest, n := -1, 0
	for i, b := range s.Answers {
		if !alike(b) {
			continue
		}
		if n++; oldest < 0 {
			oldest = i
		}
	}
	if n <= mostAnswers {
		return
	}
	if a.Update == "" {
		s.Forgotten.add(s.Answers[oldest].Key)
	}
	s.Answers = slices.Delete(s.Answers, oldest, oldest+1)
}

// Waits returns what is known of the message under the key if it waits for a number before its own,
// so that no journal has it yet.
func (s *State) Waits(key string) (Answer, bool) {
	for _, r := range s.Readings {
		for _, h := range r.Held {
			if h.Event.External == key {
				return Answer{Key: key, Dialog: h.Event.Dialog, Sequence: h.Event.Sequence}, true
			}
		}
	}
	return Answer{}, false
}
