package world

import "sync"

// sender is who wrote a message.
type sender uint8

const (
	byConsumer sender = iota
	byHuman
	byBot
	bySystem
)

// form is what a message is; its names are the source's types.
type form uint8

const (
	plain form = iota
	html
	link
	hostedFile
	richContent
	formInvitation
	formSubmit
	quickReplies // a plain text with choices
)

type message struct {
	at     int64
	seed   uint64
	seq    int
	agent  int // index; for consumers nobody
	skill  int
	from   sender
	form   form
	note   bool // for agents and managers only
	survey bool // of the survey dialog
	raw    int  // score of a consumer's message
	mcs    int64
}

// story is one conversation as known at asOf, ready to be written. Stories are pooled:
// nothing in them outlives the call that took one.
type story struct {
	account  *Account
	n, asOf  int64
	times    times
	traits   traits
	cast     cast
	messages []message
	offsets  []int64

	id, consumer, surveyDialog [36]byte
}

var stories = sync.Pool{New: func() any { return new(story) }}

// tell fills s with conversation n as known at asOf.
func (a *Account) tell(n, asOf int64, s *story) {
	s.account, s.n, s.asOf = a, n, asOf
	s.times = a.times(n)
	s.traits = a.traitsOf(n)
	a.cast(n, &s.times, &s.cast)
	s.messages = s.messages[:0]
	r := a.random(streamMessages, n)
	s.write(&r)
	s.writeSurvey(&r)
	for len(s.messages) > 0 && s.messages[len(s.messages)-1].at > asOf {
		s.messages = s.messages[:len(s.messages)-1]
	}
	s.cast.at(asOf)
	appendUUID(s.id[:0], a.uuid(conversationID, n))
	appendUUID(s.consumer[:0], a.uuid(consumerID, a.consumer(n)))
	appendUUID(s.surveyDialog[:0], a.uuid(dialogID, n))
}

func (s *story) segments() []segment { return s.cast.segments[:s.cast.n] }

func (s *story) last() *segment { return &s.cast.segments[s.cast.n-1] }

func (s *story) closed() bool     { return s.times.end <= s.asOf }
func (s *story) hasSurvey() bool  { return s.times.survey > s.times.end && s.closed() }
func (s *story) surveyOver() bool { return s.times.survey <= s.asOf }
func (s *story) answered() bool   { return s.times.filled && s.surveyOver() }

func (s *story) csat() int64 {
	if s.answered() {
		return s.traits.csat
	}
	return 0
}

// mcs is the score of the latest scored message.
func (s *story) mcs() int64 {
	for i := len(s.messages) - 1; i >= 0; i-- {
		if m := &s.messages[i]; m.from == byConsumer && !m.survey {
			return m.mcs
		}
	}
	return s.traits.mcsStart
}

func (s *story) alerted() int64 {
	return alertOf(s.mcs())
}

// alertOf marks scores that a manager should see.
func alertOf(m int64) int64 {
	switch {
	case m < 30:
		return -1
	case m > 70:
		return 1
	}
	return 0
}

func (s *story) queueState() string {
	if s.last().agent == nobody && !s.closed() {
		return "IN_QUEUE"
	}
	return "ACTIVE"
}

// updated is the last thing that happened.
func (s *story) updated() int64 {
	last := s.times.start
	if n := len(s.messages); n > 0 {
		last = max(last, s.messages[n-1].at)
	}
	for _, t := range []int64{s.times.end, s.times.survey, s.last().assigned} {
		if t <= s.asOf {
			last = max(last, t)
		}
	}
	return last
}
