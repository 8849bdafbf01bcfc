package conversation

import "slices"

// mostAnswers is how many answers a conversation remembers for callers that repeat a request:
// far more than can be in flight.
const mostAnswers = 200

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
	s.Answers = last(append(s.Answers, a), mostAnswers)
}
