package live

import (
	"bytes"
	"encoding/json"
)

// Audiences of messages. Those of the second are not for the consumer.
const (
	audienceAll     = "ALL"
	audiencePrivate = "AGENTS_AND_MANAGERS"
)

// Publication is an event that somebody publishes to a dialog.
type Publication struct {
	Conversation string // id; empty: that of the dialog
	Dialog       string // id
	Event        json.RawMessage
	Metadata     json.RawMessage // an array, or empty
	audience     string
}

// Event is one that happened, as the engine recorded it.
type Event struct {
	Sequence   *int            `json:"sequence,omitempty"` // chat states have none
	DialogID   string          `json:"dialogId"`
	At         int64           `json:"at"` // epoch milliseconds
	Originator Participant     `json:"originator"`
	Audience   string          `json:"audience"`
	Event      json.RawMessage `json:"event"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	Features   []string        `json:"features,omitempty"` // that the call declared

	parsed event
}

// messageChange is the change of a ms.MessagingEventNotification.
type messageChange struct {
	Sequence           *int            `json:"sequence,omitempty"`
	OriginatorID       string          `json:"originatorId"`
	OriginatorMetadata Participant     `json:"originatorMetadata"`
	ServerTimestamp    int64           `json:"serverTimestamp,omitempty"`
	Event              json.RawMessage `json:"event"`
	ConversationID     string          `json:"conversationId"`
	DialogID           string          `json:"dialogId"`
	Audience           string          `json:"messageAudience,omitempty"`
	Metadata           json.RawMessage `json:"metadata,omitempty"`
}

// Publish takes the consumer's event and returns the sequence number that it got, the one of the
// notification that repeats it; 0 for a chat state, which gets none. In a survey chat states come
// to nothing.
func (e *Engine) Publish(by Caller, p Publication) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c, d, err := e.open(by, p)
	if err != nil {
		return 0, err
	}
	ev, err := readEvent(p.Event)
	if err == nil {
		err = ev.check(d.next)
	}
	if err == nil && ev.ContentType == contentInvitation {
		err = invalid("event.contentType: %s comes from agents", contentInvitation)
	}
	if err == nil {
		err = e.checkFile(by.Account, &ev)
	}
	if err != nil {
		return 0, err
	}
	if d.kind == typePostSurvey && ev.Type == eventChatState {
		return 0, nil
	}
	sequence := e.publish(c, d, Participant{by.Consumer, RoleConsumer}, p, &ev, by.Features)
	e.react(c, d, &ev, by)
	return sequence, nil
}

// open finds where a consumer publishes to.
func (e *Engine) open(by Caller, p Publication) (*conversation, *dialog, error) {
	id := p.Conversation
	if id == "" {
		id = p.Dialog
	}
	if p.Dialog == "" {
		return nil, nil, invalid("body.dialogId: is required")
	}
	c, err := e.ofConsumer(by, id)
	if err != nil {
		return nil, nil, err
	}
	d := c.dialog(p.Dialog)
	switch {
	case d == nil:
		return nil, nil, invalid("body.dialogId: the conversation has no dialog %q", p.Dialog)
	case d.state != stateOpen:
		return nil, nil, ErrClosed
	}
	return c, d, nil
}

// ofConsumer finds the consumer's conversation of that id.
func (e *Engine) ofConsumer(by Caller, id string) (*conversation, error) {
	c := e.conversations[id]
	switch {
	case c == nil || c.account != by.Account:
		return nil, invalid("body.conversationId: there is no conversation %q; a dialog of another id than its conversation's needs both", id)
	case c.consumer != by.Consumer:
		return nil, ErrForeign
	}
	return c, nil
}

// publish records a checked event and tells it.
func (e *Engine) publish(c *conversation, d *dialog, from Participant, p Publication, ev *event, features []string) int {
	at := max(e.now(), d.lastEvent)
	one := Event{
		DialogID: d.id, At: at, Originator: from, Audience: audienceAll, Event: compact(p.Event), Features: features, parsed: *ev,
	}
	if p.audience != "" {
		one.Audience = p.audience
	}
	if len(p.Metadata) > 0 && string(p.Metadata) != "null" {
		one.Metadata = compact(p.Metadata)
	}
	change := messageChange{
		OriginatorID: from.ID, OriginatorMetadata: from, Event: one.Event,
		ConversationID: c.id, DialogID: d.id, Metadata: one.Metadata,
	}
	sequence := 0
	if ev.numbered() {
		sequence = d.next
		d.next++
		one.Sequence, change.Sequence, change.ServerTimestamp, change.Audience = &sequence, &sequence, at, one.Audience
	}
	d.lastEvent = at
	c.note(d, from, sequence, ev)
	c.events = append(c.events, one)
	e.notify(c, messagePrefix+ev.Type, encode(change))
	return sequence
}

// messagePrefix is before the event's type in the types of notifications.
const messagePrefix = "ms.MessagingEventNotification."

// spoken reports whether the consumer has written.
func (c *conversation) spoken() bool { return c.lastAsked != 0 }

func compact(raw json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return raw // it was decoded before
	}
	return b.Bytes()
}
