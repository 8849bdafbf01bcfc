package conversation

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Apply takes an event at a time, epoch milliseconds. What is to be read now goes to the outbox,
// what is ahead of a missing number waits, what is known already is dropped. Applying an event
// again, or the same one from another way, changes nothing but counts.
func (s *State) Apply(e Event, at int64) {
	switch {
	case e.Kind == Typing:
		s.forgetTyping(e)
		s.emit(Entry{Event: &e, At: at})
	case e.Kind == Details && e.State != nil && e.State.Updated > 0:
		switch latest := s.Latest.Updated; {
		case e.State.Updated > latest:
			s.emit(Entry{Event: &e, At: at})
		case e.State.Updated == latest:
			s.Counts.Duplicates++
		default:
			s.Counts.Stale++
		}
	case e.numbered():
		r := s.reading(e.Dialog)
		if r != nil && e.Sequence >= r.Passed.Floor {
			s.read(r, e, at)
			return
		}
		s.single(e, r != nil, at)
	default:
		s.single(e, false, at)
	}
}

// numbered reports whether the event has consumed a number of its dialog; one of a kind that a newer
// platform has may have.
func (e *Event) numbered() bool { return e.Sequence >= 0 && e.Kind != Typing && e.Kind != Details }

// read takes an event of a dialog.
func (s *State) read(r *Reading, e Event, at int64) {
	switch {
	case e.Sequence < r.Next:
		if !r.Passed.has(e.Sequence) {
			s.Counts.Duplicates++
			return
		}
		s.emit(Entry{Event: &e, Late: true, At: at})
	case e.Sequence > r.Next:
		if !r.hold(e, at) {
			s.Counts.Duplicates++
		}
		s.relieve(r, at)
	default:
		s.emit(Entry{Event: &e, At: at})
		s.release(r, at)
	}
}

// release reads the events that wait for nothing any more.
func (s *State) release(r *Reading, at int64) {
	for len(r.Held) > 0 && r.Held[0].Event.Sequence <= r.Next {
		e := r.Held[0].Event
		r.Held = rest(r.Held, 1)
		if late := e.Sequence < r.Next; !late || r.Passed.has(e.Sequence) {
			s.emit(Entry{Event: &e, Late: late, At: at})
		}
	}
	r.since(at)
}

// single takes an event that has no number of ours; its key tells it from others.
func (s *State) single(e Event, late bool, at int64) {
	if slices.Contains(s.Others, ringKey(e.Key)) {
		s.Counts.Duplicates++
		return
	}
	s.emit(Entry{Event: &e, Late: late, At: at})
}

// maxKey is the longest key that is remembered as it is; of a longer one its hash is.
const maxKey = 64

func ringKey(key string) string {
	if len(key) <= maxKey {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// forgetTyping takes back what the participant did before in the dialog and nobody was told yet.
func (s *State) forgetTyping(e Event) {
	s.Outbox = slices.DeleteFunc(s.Outbox, func(old Entry) bool {
		return old.Event != nil && old.Event.Kind == Typing && old.Event.From == e.From && old.Event.Dialog == e.Dialog
	})
}

// emit adds a line to the journal: what is read is so from now on.
func (s *State) emit(e Entry) {
	s.fold(e)
	s.Outbox = append(s.Outbox, e)
}

// Fail notes that a message of the consumer could not be sent.
func (s *State) Fail(key, reason string, at int64) {
	s.emit(Entry{Failed: &Failed{IdemKey: key, Reason: reason}, At: at})
}

// Sent notes that the platform gave us a number for what we sent, when it is not known as what it
// will be told; the number shows what is missing before it.
func (s *State) Sent(dialog string, number int, at int64) {
	if r := s.reading(dialog); r != nil && number >= r.Next {
		r.show(number, at)
	}
}
