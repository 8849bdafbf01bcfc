package webhook

import (
	"encoding/json"
	"math"

	"transporter/internal/conversation"
	"transporter/internal/lenient"
)

// message is a change of ms.MessagingEventNotification. Older deliveries have no conversationId:
// the main dialog has the id of its conversation.
type message struct {
	ConversationID     lenient.Text    `json:"conversationId"`
	DialogID           lenient.Text    `json:"dialogId"`
	Sequence           lenient.Integer `json:"sequence"`
	OriginatorID       lenient.Text    `json:"originatorId"`
	OriginatorMetadata struct {
		ID   lenient.Text `json:"id"`
		Role lenient.Text `json:"role"`
	} `json:"originatorMetadata"`
	ServerTimestamp lenient.Integer `json:"serverTimestamp"`
	MessageAudience lenient.Text    `json:"messageAudience"`
	Event           json.RawMessage `json:"event"`
	Metadata        json.RawMessage `json:"metadata"`
}

// happening is the event of a message.
type happening struct {
	Type         lenient.Text                  `json:"type"`
	Status       lenient.Text                  `json:"status"`
	SequenceList lenient.List[lenient.Integer] `json:"sequenceList"`
	ChatState    lenient.Text                  `json:"chatState"`
}

// kinds are our words for the platform's types of events.
var kinds = map[lenient.Text]conversation.Kind{
	"ContentEvent":      conversation.Content,
	"RichContentEvent":  conversation.Rich,
	"AcceptStatusEvent": conversation.Status,
	"ChatStateEvent":    conversation.Typing,
}

func messaging(raw json.RawMessage) Change {
	var m message
	var h happening
	lenient.Into(raw, &m)
	if m.Event != nil {
		lenient.Into(m.Event, &h)
	}
	kind, known := kinds[h.Type]
	if !known {
		kind = conversation.Other
	}
	e := conversation.Event{
		Kind: kind, Dialog: string(first(m.DialogID, m.ConversationID)), Sequence: number(kind, m.Sequence),
		From: string(first(m.OriginatorID, m.OriginatorMetadata.ID)), Role: string(m.OriginatorMetadata.Role),
		Audience: string(m.MessageAudience), At: m.ServerTimestamp.Or(0), Via: conversation.ViaWebhook, Body: raw,
	}
	e.Key = hashKey(raw)
	if e.Sequence != conversation.Unnumbered {
		e.Key = conversation.NumberedKey(e.Dialog, e.Sequence)
	}
	if known {
		e.Body = m.Event
		e.Metadata, e.External = Metadata(m.Metadata)
	}
	switch kind {
	case conversation.Status:
		e.Status = &conversation.StatusOf{Status: string(h.Status), Sequences: numbers(h.SequenceList)}
	case conversation.Typing:
		e.Typing = string(h.ChatState)
	}
	return Change{Conversation: identifier(m.ConversationID, m.DialogID), Event: e}
}

// number returns the number that the event has consumed. Chat states consume none, whatever they
// say: the answer to sending one says 0.
func number(kind conversation.Kind, sequence lenient.Integer) int {
	n := sequence.Or(conversation.Unnumbered)
	if kind == conversation.Typing || n < 0 || n > math.MaxInt32 {
		return conversation.Unnumbered
	}
	return int(n)
}

func numbers(l lenient.List[lenient.Integer]) (all []int) {
	for _, i := range l {
		if n := number(conversation.Content, i); n != conversation.Unnumbered {
			all = append(all, n)
		}
	}
	return all
}

// Metadata returns the metadata of a change, nil if there is none, and the ExternalId in it.
func Metadata(raw json.RawMessage) (whole json.RawMessage, external string) {
	if raw == nil || string(raw) == "null" {
		return nil, ""
	}
	var items lenient.List[struct {
		Type lenient.Text `json:"type"`
		ID   lenient.Text `json:"id"`
	}]
	lenient.Into(raw, &items)
	for _, item := range items {
		if item.Type == "ExternalId" {
			external = string(item.ID)
		}
	}
	return raw, external
}

func first(ids ...lenient.Text) lenient.Text {
	for _, id := range ids {
		if id != "" {
			return id
		}
	}
	return ""
}
