package contract

import "transporter/internal/conversation"

// Activities of conversations, as an operator reads them in the Temporal UI.
const (
	ActivityConversationLoad   = "conversation.load"   // LoadIn → LoadOut
	ActivityConversationAppend = "conversation.append" // AppendIn → AppendOut
	ActivityConversationSave   = "conversation.save"   // SaveIn → SaveOut
	ActivityConnectorOpen      = "connector.open"      // OpenIn → OpenOut
	ActivityConnectorCall      = "connector.call"      // CallIn → SendOut
	ActivityConnectorHistory   = "connector.history"   // HistoryIn → HistoryOut
	ActivityConnectorFetch     = "connector.fetch"     // FetchFileIn → FetchFileOut
	ActivityRelay              = "relay"               // RelayIn → RelayOut
)

// ConversationRef names a conversation of an account's app.
type ConversationRef struct {
	Account      string `json:"account"`
	App          string `json:"app"`
	Conversation string `json:"conversation"`
}

// LoadIn asks for what is stored of a conversation, and what its app says.
type LoadIn struct {
	ConversationRef
	// SettingsOnly leaves the state out: a continuation carries it.
	SettingsOnly bool `json:"settingsOnly,omitempty"`
}

// LoadOut has a nil State for a conversation that is new.
type LoadOut struct {
	State    *conversation.State `json:"state,omitempty"`
	Settings AppSettings         `json:"settings"`
}

// AppendIn writes entries to the journal at their positions, once: what stands there already is
// left alone if it is the same, and fault.Conflict if it is not.
type AppendIn struct {
	ConversationRef
	Entries []conversation.Entry `json:"entries"`
}

// AppendOut says how far the journal reaches.
type AppendOut struct {
	Next     int64        `json:"next"`               // position after the last entry
	Settings *AppSettings `json:"settings,omitempty"` // as they are now; nil: nobody knows
}

// SaveIn stores the state of a conversation, of which everything is in the journal.
type SaveIn struct {
	ConversationRef
	State conversation.State `json:"state"`
	// Over notes that nothing can come any more, so that reports have the conversation.
	Over bool `json:"over,omitempty"`
}

// SaveOut is empty.
type SaveOut struct{}

// CallIn is one request to the platform on behalf of the consumer; exactly one of its requests is
// set. Attempt by attempt it is the same message: its ExternalId is the idempotency key.
type CallIn struct {
	ConversationRef
	Consumer string    `json:"consumer"` // the channel's own id of the consumer
	Features []string  `json:"features,omitempty"`
	Dialog   string    `json:"dialog"`
	Send     *SendIn   `json:"send,omitempty"`
	Mark     *MarkIn   `json:"mark,omitempty"`
	Typing   *TypingIn `json:"typing,omitempty"`
	Change   *ChangeIn `json:"change,omitempty"`
	// Forgotten says that a message under the key may have been sent so long ago that only the journal
	// knows.
	Forgotten bool   `json:"forgotten,omitempty"`
	Doubt     *Doubt `json:"doubt,omitempty"` // in which a request under the same key ended before
	Taken     []int  `json:"taken,omitempty"` // in doubt: numbers of the dialog's messages under other keys
	// Look says that nobody can speak there any more: a message that may have been sent is looked for, and
	// not sent. The answer is then SendOut.Absent if it is not there.
	Look bool `json:"look,omitempty"`
}

// HistoryIn asks the platform's history for a conversation's numbered events and details.
type HistoryIn struct {
	ConversationRef
	Consumer string         `json:"consumer,omitempty"`
	After    map[string]int `json:"after,omitempty"`  // by dialog: the last number that is not of interest
	Wanted   map[string]int `json:"wanted,omitempty"` // by dialog: the last number that is; the answer is full when it says all up to it
}

// HistoryOut holds what history knew, at most 256 KiB of it; More says that asking again brings
// more.
type HistoryOut struct {
	Events []conversation.Event `json:"events,omitempty"`
	More   bool                 `json:"more,omitempty"`

	Settings *AppSettings `json:"settings,omitempty"` // as they are now; nil: nobody knows
}

// RelayIn sends the entries of the journal from a position on to the app's callback, in order.
type RelayIn struct {
	ConversationRef
	From int64 `json:"from"`
	To   int64 `json:"to"` // the position after the last one that there is
}

// RelayOut says where to go on.
type RelayOut struct {
	Next int64 `json:"next"`
	Sent int   `json:"sent"` // entries that concern the channel
}

// FetchFileIn names a file that somebody sent in a conversation.
type FetchFileIn struct {
	ConversationRef
	Consumer string   `json:"consumer"`
	Features []string `json:"features,omitempty"`
	Path     string   `json:"path"` // the platform's, as the event names it
}

// FetchFileOut says where the file lies in the store.
type FetchFileOut struct {
	Blob conversation.Blob `json:"blob"`
}
