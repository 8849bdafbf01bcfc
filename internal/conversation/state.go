package conversation

import "slices"

// State is what is remembered of a conversation between its events, from execution to execution.
// It is a fold of the journal (see Replay), and what is not written there yet: events that wait
// for an earlier number, and entries that wait to be written. It is bounded: as JSON it stays
// below 256 KiB however long the conversation.
type State struct {
	Next    int64 `json:"next"`    // position of the next entry that Take gives
	Relayed int64 `json:"relayed"` // position of the next entry to relay

	Consumer    string   `json:"consumer,omitempty"`    // the channel's own id of the consumer; empty: we did not open it
	Participant string   `json:"participant,omitempty"` // the platform's
	Features    []string `json:"features,omitempty"`
	Opened      int64    `json:"opened,omitempty"` // when we opened it

	Latest     Snapshot  `json:"latest,omitzero"`
	Subscribed []Kind    `json:"subscribed,omitempty"` // kinds of events that webhooks bring
	Readings   []Reading `json:"readings,omitempty"`   // how far each dialog was read
	Messages   []Message `json:"messages,omitempty"`   // the last ones
	Answers    []Answer  `json:"answers,omitempty"`    // the last ones
	Forgotten  Forgotten `json:"forgotten,omitempty"`  // messages whose answers are not there any more
	Doubts     []Doubt   `json:"doubts,omitempty"`     // of requests that got no answer
	Others     []string  `json:"others,omitempty"`     // keys of the last events that have no number
	Outbox     []Entry   `json:"outbox,omitempty"`     // read and not yet written; their positions are not set
	Counts     Counts    `json:"counts,omitzero"`

	First     int64 `json:"first,omitempty"`  // when the first event was read
	Last      int64 `json:"last,omitempty"`   // when the last one was
	Spoken    int64 `json:"spoken,omitempty"` // when the consumer first said something
	Silent    bool  `json:"silent,omitempty"`
	Looked    bool  `json:"looked,omitempty"`    // the history was asked once more since the close
	Abandoned int64 `json:"abandoned,omitempty"` // when it was given up, for nothing happened in it
	// Unanswered is since when the history does not answer the last look; 0, or before Last: it was not asked in vain.
	Unanswered int64  `json:"unanswered,omitempty"`
	Unverified string `json:"unverified,omitempty"` // why it ended without an answer to the last look; empty: it did not
	Stalled    string `json:"stalled,omitempty"`    // why the relay has stopped; empty: it has not
	// Failing is why the relay does not get on, also while it is tried again; nil: it does.
	Failing *Failing `json:"failing,omitempty"`
}

// Failing is a callback that does not take what it is sent.
type Failing struct {
	Since int64  `json:"since"` // epoch milliseconds
	Error string `json:"error"` // the last one
}

// Counts is how many of what a conversation had; duplicates and stale statements are in no
// journal, so those of an execution that was terminated are forgotten.
type Counts struct {
	Entries    int64 `json:"entries,omitempty"`
	Messages   int64 `json:"messages,omitempty"`
	Late       int64 `json:"late,omitempty"`
	Gaps       int64 `json:"gaps,omitempty"`
	Missing    int64 `json:"missing,omitempty"` // numbers that were given up and have not come since
	Failed     int64 `json:"failed,omitempty"`
	Duplicates int64 `json:"duplicates,omitempty"`
	Stale      int64 `json:"stale,omitempty"`
}

const (
	mostDialogs      = 64  // a conversation has one, or two with a survey
	mostParticipants = 100 // kept in the state; the journal has them all
	mostOthers       = 256 // keys of unnumbered events: more than can be repeated at once
)

// Phases of a conversation.
const (
	PhaseOpen   = "open"
	PhaseSurvey = "survey" // the main dialog is closed, the whole is not
	PhaseClosed = "closed"
)

// Phase says in one word how the conversation stands.
func (s *State) Phase() string {
	switch {
	case s.Latest.Stage == closed || s.Latest.Deleted:
		return PhaseClosed
	case s.Latest.State == closed:
		return PhaseSurvey
	}
	return PhaseOpen
}

// closed is the state and the stage of what has ended.
const closed = "CLOSE"

// dialogMain is the type of the dialog that agents answer in.
const dialogMain = "MAIN"

// Agent returns the participant who answers the consumer; empty: nobody does.
func (s *State) Agent() string {
	i := slices.IndexFunc(s.Latest.Participants, func(p Participant) bool { return p.Role == RoleAgent })
	if i < 0 {
		return ""
	}
	return s.Latest.Participants[i].ID
}

// Queue returns the skill for which the conversation waits; empty: it does not wait.
func (s *State) Queue() string {
	if s.Phase() != PhaseOpen || s.Agent() != "" {
		return ""
	}
	return s.Latest.Skill
}

// OpenDialog returns the dialog in which the consumer speaks: the main one, which has the
// conversation's id, or the survey that is open after it. Empty: none is open.
func (s *State) OpenDialog(conversation string) string {
	switch s.Phase() {
	case PhaseOpen:
		return conversation
	case PhaseClosed:
		return ""
	}
	for _, d := range s.Latest.Dialogs {
		if d.Type != dialogMain && d.State != closed {
			return d.ID
		}
	}
	return ""
}

// Surveys reports whether the dialog is one in which a survey is held.
func (s *State) Surveys(dialog string) bool {
	return slices.ContainsFunc(s.Latest.Dialogs, func(d Dialog) bool { return d.ID == dialog && d.Type != dialogMain })
}
