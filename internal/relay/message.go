// Package relay tells the channel's side of a conversation what happened on the platform's: each
// entry of the journal that concerns the consumer becomes one signed HTTP request to the app's
// callback.
package relay

import (
	"encoding/json"
	"fmt"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/conversation"
)

// Types of messages.
const (
	TypeMessage      = "message"      // somebody of the brand wrote something
	TypeStatus       = "status"       // somebody of the brand accepted or read messages
	TypeTyping       = "typing"       // somebody of the brand types, pauses, is there or gone
	TypeConversation = "conversation" // the conversation's state: who takes part, that it is closed
	TypeGap          = "gap"          // numbers of a dialog that the platform could not tell us
	TypeFailed       = "failed"       // a message of the consumer that the platform did not take
)

// Message is the body of a request to a callback. Within a conversation messages come in the
// order of their positions, each at least once; the ID tells repeats.
type Message struct {
	ID           string          `json:"id" doc:"{conversation}/{position}: the same however often it is sent."`
	Type         string          `json:"type"`
	Account      string          `json:"account"`
	App          string          `json:"app"`
	Conversation string          `json:"conversation"`
	Dialog       string          `json:"dialog,omitempty"`
	Position     int64           `json:"position"`
	Sequence     *int            `json:"sequence,omitempty"` // the platform's number within the dialog
	From         *Sender         `json:"from,omitempty"`
	At           time.Time       `json:"at"`             // by the platform's clock, by ours where it does not say
	Late         bool            `json:"late,omitempty"` // later ones of its dialog were sent before it
	Event        json.RawMessage `json:"event,omitempty"`
	Metadata     json.RawMessage `json:"metadata,omitempty"`

	State  *conversation.Snapshot `json:"state,omitempty"`
	Gap    *conversation.Gap      `json:"gap,omitempty"`
	Failed *conversation.Failed   `json:"failed,omitempty"`
}

// Sender is who wrote.
type Sender struct {
	ID   string `json:"id"`
	Role string `json:"role,omitempty"`
}

// MessageOf returns what the channel is told of an entry; ok is false for what it is not: the
// consumer's own messages, what staff say among themselves, and kinds of events that we do not
// know, which may be either.
func MessageOf(app account.App, ref contract.ConversationRef, e conversation.Entry) (m Message, ok bool) {
	m = Message{
		ID: fmt.Sprintf("%s/%d", ref.Conversation, e.Position), Account: ref.Account, App: app.ID, Conversation: ref.Conversation,
		Position: e.Position, At: time.UnixMilli(e.At).UTC(), Late: e.Late, Gap: e.Gap, Failed: e.Failed,
	}
	switch {
	case e.Gap != nil:
		m.Type, m.Dialog = TypeGap, e.Gap.Dialog
		return m, true
	case e.Failed != nil:
		m.Type = TypeFailed
		return m, true
	case e.Event == nil:
		return m, false
	}
	return m.of(*e.Event)
}

func (m Message) of(e conversation.Event) (Message, bool) {
	types := map[conversation.Kind]string{
		conversation.Content: TypeMessage, conversation.Rich: TypeMessage, conversation.Status: TypeStatus,
		conversation.Typing: TypeTyping, conversation.Details: TypeConversation,
	}
	m.Type = types[e.Kind]
	if m.Type == "" || e.Via == conversation.ViaSend || e.Role == conversation.RoleConsumer || e.Audience == conversation.Staff {
		return m, false
	}
	m.Dialog, m.Event, m.Metadata, m.State = e.Dialog, e.Body, e.Metadata, e.State
	if e.At > 0 {
		m.At = time.UnixMilli(e.At).UTC()
	}
	if e.Kind == conversation.Details {
		m.Event = nil // State says it, in our words
		return m, true
	}
	m.From = &Sender{ID: e.From, Role: e.Role}
	if e.Kind.Numbered() {
		m.Sequence = &e.Sequence
	}
	return m, true
}
