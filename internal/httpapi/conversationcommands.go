package httpapi

import (
	"context"
	"encoding/json"
	"math"
	"net/http"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// MessageRequest is a message of the consumer.
type MessageRequest struct {
	Text     string `json:"text,omitempty" maxLength:"65536" doc:"The text. Either this or event." example:"Where is my order?"`
	Event    any    `json:"event,omitempty" doc:"An event as the platform takes it, an object: rich content, the submission of a form."`
	Metadata any    `json:"metadata,omitempty" doc:"A list of the platform's metadata: what a quick reply or an answer of a survey carries."`
	Dialog   string `json:"dialog,omitempty" maxLength:"128" doc:"The dialog; absent: the one that is open, which after the close may be the survey."`
}

// StatusRequest says what became of messages at the consumer's side.
type StatusRequest struct {
	Status    string `json:"status" enum:"ACCEPT,READ,ACCESS,NACK,ACTION" doc:"ACCEPT: it arrived. READ: it was shown. ACCESS: the file was opened. NACK: it did not arrive. ACTION: structured content was clicked; with the metadata of the click."`
	Sequences []int  `json:"sequences" minItems:"1" maxItems:"1000" doc:"Numbers of the messages."`
	Metadata  any    `json:"metadata,omitempty" doc:"Of ACTION: a list."`
	Dialog    string `json:"dialog,omitempty" maxLength:"128" doc:"The dialog; absent: the one that is open."`
}

// TypingRequest is the consumer's chat state.
type TypingRequest struct {
	State  string `json:"state" enum:"ACTIVE,INACTIVE,GONE,COMPOSING,PAUSE" doc:"After COMPOSING another one must follow, or the agent sees them typing for ever."`
	Dialog string `json:"dialog,omitempty" maxLength:"128" doc:"The dialog; absent: the one that is open."`
}

// CloseRequest closes a conversation.
type CloseRequest struct {
	What   string `json:"what,omitempty" enum:"conversation,dialog,all" doc:"conversation, also when absent: it is over. dialog: the main dialog, which begins the survey if there is one. all: without a survey, or an open survey."`
	Dialog string `json:"dialog,omitempty" maxLength:"128" doc:"Of dialog alone: which; absent: the one that is open."`
}

// ChangeRequest changes how a conversation is routed.
type ChangeRequest struct {
	Skill string        `json:"skill,omitempty" pattern:"^(-1|[0-9]{1,10})$" patternDescription:"an id of at most ten digits, or -1" doc:"The skill that it goes to. Either this or ttr."`
	TTR   *ResponseTime `json:"ttr,omitempty" doc:"The time to respond."`
}

// ResponseTime is the time in which the brand wants to answer.
type ResponseTime struct {
	Type    string `json:"type" enum:"CUSTOM,NORMAL,PRIORITIZED,URGENT" doc:"How urgent it is."`
	Seconds int    `json:"seconds" minimum:"0" maximum:"31536000" doc:"How long it may take."`
}

// Sent says under which number the platform has it.
type Sent struct {
	Dialog   string `json:"dialog"`
	Sequence *int   `json:"sequence,omitempty" doc:"The platform's number; absent for what has none. Statuses name messages by it."`
}

// InMessage carries a message of the consumer.
type InMessage struct {
	InConversation
	MessageKey
	Body MessageRequest
}

// InStatus carries what became of messages.
type InStatus struct {
	InConversation
	MessageKey
	Body StatusRequest
}

// InTyping carries a chat state.
type InTyping struct {
	InConversation
	Body TypingRequest
}

// InCloseConversation closes a conversation.
type InCloseConversation struct {
	InConversation
	MessageKey
	Body *CloseRequest
}

// InChangeConversation changes a conversation.
type InChangeConversation struct {
	InConversation
	MessageKey
	Body ChangeRequest
}

func (s *Server) conversationCommands() {
	at, errs := conversationsPath+"/{id}", []int{400, 404, 409, 413, 422, 429}
	post := func(path, id, summary, doc string) operation {
		return operation{Method: http.MethodPost, Path: at + path, ID: id, Tag: conversationsTag, Summary: summary, Doc: doc, Errors: errs}
	}
	route(s, post("/messages", "send-message", "Send a message of the consumer",
		"Returns when the platform has it, with its number. After a 503, or when it is not known whether the platform took it, repeat the request with the same key: it is not sent twice. After the close it is only looked for: a 409 says that it is not there."), s.sendMessage)
	route(s, post("/statuses", "mark-messages", "Say that messages arrived, or were read", ""), s.markMessages)
	route(s, post("/typing", "show-typing", "Say that the consumer types, pauses, is there or gone", "The survey's dialog takes none."), s.showTyping)
	route(s, post("/close", "close-conversation", "Close a conversation", ""), s.closeConversation)
	route(s, post("/change", "change-conversation", "Change a conversation's skill or time to respond", ""), s.changeConversation)
	relay := post("/relay", "relay-again", "Call the app's callback again",
		"For a conversation whose callback did not answer for a day: what it missed is sent, in order, from where it stopped. One that is over is attended to again for it.")
	relay.Status, relay.Errors = http.StatusAccepted, []int{404}
	route(s, relay, s.relayAgain)
}

// relayAgain also begins the workflow of a conversation anew, for what its callback missed is in the
// journal longer than any workflow lives.
func (s *Server) relayAgain(ctx context.Context, in *InConversation) (*Nothing, error) {
	err := s.attended(ctx, in.ref(), func(ref contract.ConversationRef) error { return s.cfg.Conversations.RelayAgain(ctx, ref) })
	return &Nothing{}, s.conversationError(ctx, *in, err)
}

// attended does something in a conversation. One that nobody attends to any more is named with its app
// then, so that its workflow is begun anew for it: that knows what was done under which key, and what is
// in doubt, and says of everything else that it is closed; one that was given up goes on.
func (s *Server) attended(ctx context.Context, ref contract.ConversationRef, do func(contract.ConversationRef) error) error {
	err := do(ref)
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	if ref.App, err = s.appOf(ctx, ref); err != nil {
		return err
	}
	return do(ref)
}

// appOf returns the app through which a conversation was held that nobody attends to: as its end
// says, or, where it was cut off, its workflow.
func (s *Server) appOf(ctx context.Context, ref contract.ConversationRef) (string, error) {
	closing, err := s.cfg.Journal.Closing(ctx, ref, math.MaxInt64)
	if err == nil {
		return closing.App, nil
	}
	if !fault.Is(err, fault.NotFound) {
		return "", err
	}
	view, err := s.cfg.Conversations.Conversation(ctx, ref)
	return view.App, err
}

func (s *Server) sendMessage(ctx context.Context, in *InMessage) (*Item[Sent], error) {
	send := contract.SendIn{IdemKey: in.Key, Dialog: in.Body.Dialog, Text: in.Body.Text}
	var err error
	if send.Event, err = object("body.event", in.Body.Event); err != nil {
		return nil, err
	}
	if (send.Text == "") == (send.Event == nil) {
		return nil, fault.New(fault.InvalidSpec, "give either text or event").WithField("body.text")
	}
	if send.Metadata, err = list("body.metadata", in.Body.Metadata); err != nil {
		return nil, err
	}
	return s.command(ctx, in.InConversation, contract.UpdateSend, send)
}

func (s *Server) markMessages(ctx context.Context, in *InStatus) (*Item[Sent], error) {
	metadata, err := list("body.metadata", in.Body.Metadata)
	if err != nil {
		return nil, err
	}
	return s.command(ctx, in.InConversation, contract.UpdateMark, contract.MarkIn{
		IdemKey: in.Key, Dialog: in.Body.Dialog, Status: in.Body.Status, Sequences: in.Body.Sequences, Metadata: metadata,
	})
}

func (s *Server) showTyping(ctx context.Context, in *InTyping) (*Item[Sent], error) {
	return s.command(ctx, in.InConversation, contract.UpdateTyping, contract.TypingIn{Dialog: in.Body.Dialog, State: in.Body.State})
}

func (s *Server) closeConversation(ctx context.Context, in *InCloseConversation) (*Item[Sent], error) {
	var b CloseRequest
	if in.Body != nil {
		b = *in.Body
	}
	if b.Dialog != "" && b.What != "dialog" {
		return nil, fault.New(fault.InvalidSpec, "a dialog is closed with what: dialog; anything else closes the whole conversation").WithField("body.dialog")
	}
	what := map[string]string{
		"": contract.ChangeCloseConversation, "conversation": contract.ChangeCloseConversation,
		"dialog": contract.ChangeCloseDialog, "all": contract.ChangeCloseStage,
	}[b.What]
	return s.command(ctx, in.InConversation, contract.UpdateChange, contract.ChangeIn{IdemKey: in.Key, What: what, Dialog: b.Dialog})
}

func (s *Server) changeConversation(ctx context.Context, in *InChangeConversation) (*Item[Sent], error) {
	change := contract.ChangeIn{IdemKey: in.Key, What: contract.ChangeSkill, Skill: in.Body.Skill}
	if (change.Skill == "") == (in.Body.TTR == nil) {
		return nil, fault.New(fault.InvalidSpec, "give either skill or ttr").WithField("body.skill")
	}
	if in.Body.TTR != nil {
		change.What, change.TTR = contract.ChangeTTR, &conversation.TTR{Type: in.Body.TTR.Type, Seconds: in.Body.TTR.Seconds}
	}
	return s.command(ctx, in.InConversation, contract.UpdateChange, change)
}

func (s *Server) command(ctx context.Context, in InConversation, update string, body any) (*Item[Sent], error) {
	var out contract.SendOut
	err := s.attended(ctx, in.ref(), func(ref contract.ConversationRef) (err error) {
		if ref.App != "" && update == contract.UpdateTyping { // there is no key under which it was done
			if err := s.notClosed(ctx, ref); err != nil {
				return err
			}
		}
		out, err = s.cfg.Conversations.Command(ctx, ref, update, body)
		return err
	})
	if err != nil {
		return nil, s.conversationError(ctx, in, err)
	}
	sent := Sent{Dialog: out.Dialog}
	if out.Sequence != conversation.Unnumbered {
		sent.Sequence = &out.Sequence
	}
	return &Item[Sent]{Body: sent}, nil
}

// notClosed refuses what is of no use to a conversation whose end says that it was closed, not given up.
func (s *Server) notClosed(ctx context.Context, ref contract.ConversationRef) error {
	closing, err := s.cfg.Journal.Closing(ctx, ref, math.MaxInt64)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil
	case err == nil && closing.Abandoned == 0:
		return fault.New(fault.Conflict, "the conversation is closed")
	}
	return err
}

// conversationError says of a conversation that is not there that it is not, or that its account is not.
func (s *Server) conversationError(ctx context.Context, in InConversation, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	if _, missing := s.snapshot(ctx, in.Account); fault.Is(missing, fault.NotFound) {
		return missing
	}
	return notFound("id", "conversation", in.ID)
}

// list encodes a value that must be a JSON array of objects; nil is none.
func list(field string, v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	items, ok := v.([]any)
	for _, item := range items {
		_, object := item.(map[string]any)
		ok = ok && object
	}
	if !ok {
		return nil, fault.New(fault.InvalidSpec, "must be a list of objects").WithField(field)
	}
	return json.Marshal(v)
}
