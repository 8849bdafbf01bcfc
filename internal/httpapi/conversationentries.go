package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"transporter/internal/contract"
	"transporter/internal/conversation"
)

// maxEntryBytes bounds an answer of many entries.
const maxEntryBytes = 4 << 20

// EntryView is one line of a conversation's journal.
type EntryView struct {
	Position int64                  `json:"position" doc:"Counts from 0 without gaps, and names the entry for good."`
	Kind     string                 `json:"kind" enum:"content,rich,status,typing,details,other,gap,failed" doc:"content, rich: a message. status: messages were accepted, read, … details: the whole state of the conversation. other: what a newer platform tells. gap: numbers that nobody could tell. failed: a message of the consumer that the platform did not take."`
	At       time.Time              `json:"at" doc:"By the platform's clock; by ours where it does not say."`
	Dialog   string                 `json:"dialog,omitempty"`
	Sequence *int                   `json:"sequence,omitempty" doc:"The platform's number within the dialog."`
	From     string                 `json:"from,omitempty" doc:"The platform's id of the participant."`
	Role     string                 `json:"role,omitempty"`
	Audience string                 `json:"audience,omitempty" doc:"AGENTS_AND_MANAGERS: not for the consumer."`
	Via      string                 `json:"via,omitempty" enum:"webhook,history,send" doc:"How it reached us."`
	Late     bool                   `json:"late,omitempty" doc:"Later ones of its dialog come before it."`
	Event    any                    `json:"event,omitempty" doc:"The event as the platform told it."`
	Metadata any                    `json:"metadata,omitempty"`
	External string                 `json:"external,omitempty" doc:"The channel's own id of a message of the consumer."`
	State    *conversation.Snapshot `json:"state,omitempty"`
	Gap      *conversation.Gap      `json:"gap,omitempty"`
	Failed   *conversation.Failed   `json:"failed,omitempty"`
}

// Entries is a piece of a journal.
type Entries struct {
	Items []EntryView `json:"items" nullable:"false"`
	Next  int64       `json:"next" doc:"Ask from here for what follows."`
	More  bool        `json:"more" doc:"There is more already."`
}

// InEntries asks for a piece of a journal.
type InEntries struct {
	InConversation
	From  int64 `query:"from" minimum:"0" doc:"The first position."`
	Limit int   `query:"limit" minimum:"1" maximum:"1000" default:"200" doc:"At most so many."`
}

func (s *Server) conversationEntries(mux *http.ServeMux) {
	route(s, operation{
		Method: http.MethodGet, Path: conversationsPath + "/{id}/messages", ID: "list-messages", Tag: conversationsTag,
		Summary: "Read what happened in a conversation", Doc: "Messages and everything else, in the order in which it is to be read; also of a conversation that is over.",
		Errors: []int{404, 422},
	}, s.listEntries)
	s.conversationFiles()
	s.conversationEvents(mux)
}

func (s *Server) listEntries(ctx context.Context, in *InEntries) (*Item[Entries], error) {
	out := Entries{Items: []EntryView{}, Next: in.From}
	size := 0
	for e, err := range s.cfg.Journal.Entries(ctx, in.ref(), in.From) {
		if err != nil {
			return nil, err
		}
		if len(out.Items) == in.Limit || size > maxEntryBytes {
			out.More = true
			break
		}
		view, err := s.viewEntry(ctx, in.ref(), e)
		if err != nil {
			return nil, err
		}
		if e.Event != nil {
			size += len(e.Event.Body)
			if e.Event.Blob != nil {
				size += int(e.Event.Blob.Size)
			}
		}
		out.Items, out.Next = append(out.Items, view), e.Position+1
	}
	if out.Next == 0 { // nothing at all: is there such a conversation?
		if _, err := s.cfg.Conversations.Conversation(ctx, in.ref()); err != nil {
			return nil, s.conversationError(ctx, in.InConversation, err)
		}
	}
	return &Item[Entries]{Body: out}, nil
}

func (s *Server) viewEntry(ctx context.Context, ref contract.ConversationRef, e conversation.Entry) (EntryView, error) {
	v := EntryView{Position: e.Position, At: time.UnixMilli(e.At).UTC(), Late: e.Late, Gap: e.Gap, Failed: e.Failed}
	switch {
	case e.Gap != nil:
		v.Kind, v.Dialog = "gap", e.Gap.Dialog
	case e.Failed != nil:
		v.Kind = "failed"
	case e.Event != nil:
		return s.viewEvent(ctx, ref, v, *e.Event)
	}
	return v, nil
}

func (s *Server) viewEvent(ctx context.Context, ref contract.ConversationRef, v EntryView, e conversation.Event) (EntryView, error) {
	v.Kind, v.Dialog, v.From, v.Role, v.Audience = string(e.Kind), e.Dialog, e.From, e.Role, e.Audience
	v.Via, v.External, v.State = e.Via, e.External, e.State
	if e.At > 0 {
		v.At = time.UnixMilli(e.At).UTC()
	}
	if e.Kind.Numbered() {
		v.Sequence = &e.Sequence
	}
	if len(e.Metadata) > 0 {
		v.Metadata = e.Metadata
	}
	switch {
	case e.Blob != nil:
		body, err := s.cfg.Journal.Body(ctx, ref, *e.Blob)
		if err != nil {
			return v, err
		}
		v.Event = json.RawMessage(body)
	case len(e.Body) > 0 && e.Kind != conversation.Details: // State says it
		v.Event = e.Body
	}
	return v, nil
}
