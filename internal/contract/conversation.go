package contract

import (
	"encoding/json"
	"fmt"
	"time"

	"transporter/internal/conversation"
)

// ConversationID returns the workflow ID of a conversation.
func ConversationID(account, conversation string) string {
	return "conversation/" + account + "/" + conversation
}

// OpenID returns the workflow ID of opening a conversation, one for each idempotency key. It is ASCII
// whatever the key, for clients of Temporal send it as a header.
func OpenID(account, key string) string {
	id := []byte("conversation-open/" + account + "/")
	for _, b := range []byte(key) {
		if b == '%' || b < ' ' || b > '~' {
			id = fmt.Appendf(id, "%%%02X", b)
			continue
		}
		id = append(id, b)
	}
	return string(id)
}

// FileID returns the workflow ID of fetching the file of a conversation's entry.
func FileID(account, conversation string, position int64) string {
	return fmt.Sprintf("conversation-file/%s/%s/%d", account, conversation, position)
}

// Signals of a Conversation.
const (
	SignalEvents = "events" // EventsIn: what webhooks brought
	SignalOpened = "opened" // Opened: we opened it, so we know who the consumer is
	SignalRelay  = "relay"  // a relay that gave up begins again where it stopped
	// SignalRelayFails is RelayFails: what a relay says of itself that is tried again.
	SignalRelayFails = "relay-fails"
)

// Updates of a Conversation. A repeat under the same IdemKey gets the first answer.
const (
	UpdateSend   = "send"   // SendIn → SendOut: a message of the consumer
	UpdateMark   = "mark"   // MarkIn → SendOut: accepted, read, …
	UpdateTyping = "typing" // TypingIn → SendOut
	UpdateChange = "change" // ChangeIn → SendOut: close, skill, time to respond
)

// QueryConversation asks a Conversation how it stands: conversation.View.
const QueryConversation = "view"

// ConversationIn starts a Conversation. State and Settings are carried from one execution to the
// next; nil at a start, which loads what is stored.
type ConversationIn struct {
	Account      string              `json:"account"`
	App          string              `json:"app"` // id of the account's app
	Conversation string              `json:"conversation"`
	State        *conversation.State `json:"state,omitempty"`
	Settings     *AppSettings        `json:"settings,omitempty"`
}

// AppSettings is what a conversation goes by of its app. They are read at every start and
// continuation, whenever its journal is written, and when the history was asked.
type AppSettings struct {
	Retry      time.Duration       `json:"retry"`            // how long the platform repeats a delivery: the linger after the close
	Subscribed []conversation.Kind `json:"subscribed"`       // kinds of events that webhooks bring
	Relays     bool                `json:"relays,omitempty"` // there is a callback
	Idle       time.Duration       `json:"idle"`             // after so long without an event the conversation is looked at in the history
}

// EventsIn carries events of one conversation, in the order in which they arrived.
type EventsIn struct {
	Events []conversation.Event `json:"events"`
}

// RelayFails says that the callback does not take what it is sent.
type RelayFails struct {
	Since int64  `json:"since"` // when it first did not, epoch milliseconds
	Next  int64  `json:"next"`  // position of what it does not take
	Error string `json:"error"`
}

// Opened says who holds a conversation that we opened.
type Opened struct {
	Consumer    string    `json:"consumer"`    // the channel's own id of the consumer
	Participant string    `json:"participant"` // the platform's
	Features    []string  `json:"features,omitempty"`
	At          time.Time `json:"at"`
	First       *First    `json:"first,omitempty"` // the first message, once the platform has it
}

// First is the first message of a conversation that we opened.
type First struct {
	IdemKey  string    `json:"idemKey"`
	Text     string    `json:"text"`
	Sequence int       `json:"sequence"`
	At       time.Time `json:"at"` // when it was sent
}

// OpenIn opens a conversation for a consumer.
type OpenIn struct {
	Account  string          `json:"account"`
	App      string          `json:"app"`
	Consumer string          `json:"consumer"` // the channel's own id of the consumer
	IdemKey  string          `json:"idemKey"`
	Features []string        `json:"features,omitempty"` // AUTO_MESSAGES, RICH_CONTENT, QUICK_REPLIES, MULTI_DIALOG, …
	Skill    string          `json:"skill,omitempty"`
	Urgency  string          `json:"urgency,omitempty"` // ttrDefName
	Campaign *Campaign       `json:"campaign,omitempty"`
	Context  json.RawMessage `json:"context,omitempty"` // conversationContext, as the platform takes it
	Profile  json.RawMessage `json:"profile,omitempty"` // body of userprofile.SetUserProfile: authenticatedData with lp_sdes, …
	Message  string          `json:"message,omitempty"` // first text; with AUTO_MESSAGES it must follow within ten seconds
	Doubt    *Doubt          `json:"doubt,omitempty"`   // in which a request under the same key ended before
}

// Campaign routes a conversation.
type Campaign struct {
	Campaign   string `json:"campaign"`
	Engagement string `json:"engagement"`
}

// OpenOut names the conversation that was opened.
type OpenOut struct {
	Conversation string `json:"conversation"`
	Participant  string `json:"participant"`
	Sequence     *int   `json:"sequence,omitempty"` // of the first message
}

// SendIn sends a message on behalf of the consumer. Exactly one of Text, File, Event is set.
type SendIn struct {
	IdemKey  string          `json:"idemKey"` // at most 64 bytes: it travels as the message's ExternalId
	Dialog   string          `json:"dialog,omitempty"`
	Text     string          `json:"text,omitempty"`
	File     *FileRef        `json:"file,omitempty"`
	Event    json.RawMessage `json:"event,omitempty"`    // an event as the platform takes it: rich content, a form's submission
	Metadata json.RawMessage `json:"metadata,omitempty"` // of a quick reply or a survey's answer
}

// FileRef is a file of the consumer that lies in the store.
type FileRef struct {
	Blob    conversation.Blob `json:"blob"`
	Type    string            `json:"type"` // JPG, JPEG, PNG, GIF
	Caption string            `json:"caption,omitempty"`
	Preview string            `json:"preview,omitempty"` // data URI, less than 30 KB
}

// SendOut says under which number the platform has it.
type SendOut struct {
	Dialog   string `json:"dialog"`
	Sequence int    `json:"sequence"` // conversation.Unnumbered for what has none
	// Event is what was sent where the request did not say it: the hosted/file event of a file.
	Event json.RawMessage `json:"event,omitempty"`
	// Absent says of what was only looked for that it is not there.
	Absent bool `json:"absent,omitempty"`
}

// MarkIn says what became of messages at the consumer's side.
type MarkIn struct {
	IdemKey   string          `json:"idemKey"`
	Dialog    string          `json:"dialog,omitempty"`
	Status    string          `json:"status"` // ACCEPT, READ, ACCESS, NACK, ACTION
	Sequences []int           `json:"sequences"`
	Metadata  json.RawMessage `json:"metadata,omitempty"` // of ACTION
}

// TypingIn is the consumer's chat state.
type TypingIn struct {
	Dialog string `json:"dialog,omitempty"`
	State  string `json:"state"` // ACTIVE, INACTIVE, GONE, COMPOSING, PAUSE
}

// What a ChangeIn changes.
const (
	ChangeCloseConversation = "close"        // ConversationStateField
	ChangeCloseDialog       = "close-dialog" // DialogChange: begins the survey, if there is one
	ChangeCloseStage        = "close-all"    // Stage: without survey
	ChangeSkill             = "skill"
	ChangeTTR               = "ttr"
)

// ChangeIn changes a field of the conversation.
type ChangeIn struct {
	IdemKey string            `json:"idemKey"`
	What    string            `json:"what"`
	Dialog  string            `json:"dialog,omitempty"`
	Skill   string            `json:"skill,omitempty"`
	TTR     *conversation.TTR `json:"ttr,omitempty"`
}
