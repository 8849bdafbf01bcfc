// Package conversation is what we know of a conversation held on behalf of a consumer: the
// events that a platform tells, the order in which they are to be read, and the state that they
// add up to. Its values are pure; nothing here has a clock or does I/O.
package conversation

import "encoding/json"

// Kind says what an event is about, in our words rather than one platform's.
type Kind string

// The kinds of events.
const (
	Content Kind = "content" // a message: text, a file, a form
	Rich    Kind = "rich"    // a message of structured content
	Status  Kind = "status"  // messages were accepted, read, opened, refused or acted upon
	Typing  Kind = "typing"  // a participant types, pauses, is there or gone
	Details Kind = "details" // the whole state of the conversation
	Other   Kind = "other"   // what a newer platform tells; kept as it came
)

// Numbered reports whether events of the kind consume a number of their dialog (Connector API,
// "Sequence": content and accept events do, chat states do not).
func (k Kind) Numbered() bool { return k == Content || k == Rich || k == Status }

// Unnumbered is the Sequence of an event that has none.
const Unnumbered = -1

// Roles of participants that the rules ask for.
const (
	RoleConsumer = "CONSUMER"
	RoleAgent    = "ASSIGNED_AGENT"
)

// Staff is the audience of what a consumer must not see.
const Staff = "AGENTS_AND_MANAGERS"

// Ways on which an event reached us.
const (
	ViaWebhook = "webhook"
	ViaHistory = "history" // asked for, because a number was missing
	ViaSend    = "send"    // we sent it, and were told its number
)

// MaxInline bounds the body of an event in a signal; a larger one lies in the store.
const MaxInline = 64 << 10

// Event is one thing that happened in a conversation. Times are epoch milliseconds.
type Event struct {
	// Key is the same for every delivery of one event, and for what history says of it:
	// {dialog}/{sequence} of a numbered one, details/{metaDataLastUpdateTs}, a hash of the
	// change where nothing names it.
	Key      string          `json:"key"`
	Kind     Kind            `json:"kind"`
	Dialog   string          `json:"dialog,omitempty"`
	Sequence int             `json:"sequence"` // Unnumbered if it has none
	From     string          `json:"from,omitempty"`
	Role     string          `json:"role,omitempty"`
	Audience string          `json:"audience,omitempty"`
	At       int64           `json:"at,omitempty"`   // by the platform's clock; 0 where it does not say
	Seen     int64           `json:"seen,omitempty"` // when it reached us
	Via      string          `json:"via,omitempty"`
	Body     json.RawMessage `json:"body,omitempty"` // the platform's `event`, or its whole change for Details and Other
	Blob     *Blob           `json:"blob,omitempty"` // where the body lies if it is larger than MaxInline
	Metadata json.RawMessage `json:"metadata,omitempty"`
	External string          `json:"external,omitempty"` // the ExternalId of the metadata: ours, of a message that we sent

	Status *StatusOf `json:"status,omitempty"` // of Status
	Typing string    `json:"typing,omitempty"` // of Typing: ACTIVE, INACTIVE, GONE, COMPOSING, PAUSE
	State  *Snapshot `json:"state,omitempty"`  // of Details
}

// Blob is a body that lies in the store.
type Blob struct {
	Key    string `json:"key"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// StatusOf says what became of which messages of the dialog.
type StatusOf struct {
	Status    string `json:"status"` // ACCEPT, READ, ACCESS, NACK, ACTION
	Sequences []int  `json:"sequences"`
}

// Snapshot is the platform's full statement of a conversation. Of several the one with the
// greatest Updated counts (Connector API: metaDataLastUpdateTs). Unknown values are kept.
type Snapshot struct {
	Updated      int64         `json:"updated"`
	Stage        string        `json:"stage,omitempty"` // OPEN, CLOSE: the whole
	State        string        `json:"state,omitempty"` // OPEN, CLOSE: the main dialog
	CloseReason  string        `json:"closeReason,omitempty"`
	Skill        string        `json:"skill,omitempty"`
	Brand        string        `json:"brand,omitempty"`
	Started      int64         `json:"started,omitempty"`
	Ended        int64         `json:"ended,omitempty"`
	TTR          *TTR          `json:"ttr,omitempty"`
	Due          int64         `json:"due,omitempty"` // effectiveTTR; -1: nothing is due
	Participants []Participant `json:"participants,omitempty"`
	Dialogs      []Dialog      `json:"dialogs,omitempty"`
	Deleted      bool          `json:"deleted,omitempty"`
}

// TTR is the time in which the brand wants to answer.
type TTR struct {
	Type    string `json:"type"` // CUSTOM, NORMAL, PRIORITIZED, URGENT
	Seconds int    `json:"seconds"`
}

// Participant is somebody in a conversation or dialog.
type Participant struct {
	ID   string `json:"id"`
	Role string `json:"role"`
}

// Dialog is a part of a conversation: the main one, or a survey after it.
type Dialog struct {
	ID           string        `json:"id"`
	Type         string        `json:"type"` // MAIN, POST_SURVEY
	State        string        `json:"state,omitempty"`
	Created      int64         `json:"created,omitempty"`
	Ended        int64         `json:"ended,omitempty"`
	ClosedBy     string        `json:"closedBy,omitempty"`
	ClosedCause  string        `json:"closedCause,omitempty"`
	Participants []Participant `json:"participants,omitempty"`
}
