package conversation

import "slices"

// mostMessages is how many messages of a conversation are remembered with what became of them.
const mostMessages = 200

// What became of a message; each is more than the one before.
const (
	MessageSent     = "sent"
	MessageFailed   = "failed" // could not be sent, or the other side says that it did not get it
	MessageAccepted = "accepted"
	MessageRead     = "read"
)

var messageRank = map[string]int{MessageSent: 1, MessageFailed: 2, MessageAccepted: 3, MessageRead: 4}

// markedAs is what a status says that became of messages; of any other it says nothing of that.
var markedAs = map[string]string{"ACCEPT": MessageAccepted, "READ": MessageRead, "ACCESS": MessageRead, "NACK": MessageFailed}

// Message is a message and what became of it.
type Message struct {
	Dialog   string `json:"dialog,omitempty"`
	Sequence int    `json:"sequence"` // Unnumbered of one that could not be sent
	Consumer bool   `json:"consumer"` // from the consumer to the brand; else the other way
	State    string `json:"state"`
	At       int64  `json:"at"` // epoch milliseconds: the platform's, ours where it does not say
	IdemKey  string `json:"idemKey,omitempty"`
}

// fromConsumer reports whether the consumer did it.
func (s *State) fromConsumer(e *Event) bool {
	return e.Role == RoleConsumer || e.Role == "" && e.From != "" && e.From == s.Participant
}

func (s *State) foldMessage(e *Event) {
	at := e.At
	if at == 0 {
		at = e.Seen
	}
	consumer := s.fromConsumer(e)
	s.Counts.Messages++
	m := Message{Dialog: e.Dialog, Sequence: e.Sequence, Consumer: consumer, State: MessageSent, At: at}
	if consumer {
		s.Spoken = firstOf(s.Spoken, at)
	}
	if consumer && e.External != "" {
		m.IdemKey = e.External
		s.Remember(Answer{Key: e.External, Dialog: e.Dialog, Sequence: e.Sequence})
	}
	s.addMessage(m)
}

// SpokenAt is when the consumer first said something; 0: nothing yet.
func (s *State) SpokenAt() int64 {
	at := s.Spoken
	if at != 0 {
		return at
	}
	for _, m := range s.Messages { // a state of before it was noted
		if m.Consumer && m.Sequence != Unnumbered {
			at = firstOf(at, m.At)
		}
	}
	return at
}

func (s *State) addMessage(m Message) { s.Messages = last(append(s.Messages, m), mostMessages) }

// foldStatus applies a status to the messages of the other side.
func (s *State) foldStatus(e *Event) {
	if e.Status == nil {
		return
	}
	to, consumer := markedAs[e.Status.Status], s.fromConsumer(e)
	for i := range s.Messages {
		m := &s.Messages[i]
		if m.Dialog == e.Dialog && m.Consumer != consumer && messageRank[to] > messageRank[m.State] && slices.Contains(e.Status.Sequences, m.Sequence) {
			m.State = to
		}
	}
}

// Marked reports whether it is known that all these messages of the brand became what the consumer's status
// says, or more.
func (s *State) Marked(dialog, status string, sequences []int) bool {
	to, says := markedAs[status]
	became := func(m Message) bool {
		return m.State == to || to != MessageFailed && messageRank[m.State] > messageRank[to]
	}
	for _, n := range sequences {
		i := slices.IndexFunc(s.Messages, func(m Message) bool { return !m.Consumer && m.Dialog == dialog && m.Sequence == n })
		if i < 0 || !became(s.Messages[i]) {
			return false
		}
	}
	return says && len(sequences) > 0
}
