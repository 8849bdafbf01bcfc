package httpapi

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"time"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// Conversations opens, steers and reads conversations; a missing one is fault.NotFound.
type Conversations interface {
	// OpenConversation opens one; a repeat with the same IdemKey gets the first answer.
	OpenConversation(ctx context.Context, in contract.OpenIn) (contract.OpenOut, error)
	// Command sends an update of a conversation (contract.UpdateSend, …). A repeat under the
	// same IdemKey gets the first answer. A conversation that nobody attends to is begun anew for it if
	// ref names its app, and is missing else.
	Command(ctx context.Context, ref contract.ConversationRef, update string, in any) (contract.SendOut, error)
	// Conversation tells how one stands.
	Conversation(ctx context.Context, ref contract.ConversationRef) (conversation.View, error)
	// ListConversations returns an account's conversations, the latest started first.
	ListConversations(ctx context.Context, q ConversationQuery) ([]ConversationLine, error)
	// OpenConversations counts those of an app that are open, or their surveys; what has just begun may take a
	// second to count.
	OpenConversations(ctx context.Context, accountID, app string) (int, error)
	// FetchFile brings a file of the conversation's entry at the position into the store; a repeat
	// gets the first answer.
	FetchFile(ctx context.Context, in contract.FetchFileIn, position int64) (conversation.Blob, error)
	// RelayAgain has a relay that gave up begin again. A conversation that nobody attends to is begun
	// anew for it if ref names its app, and is missing else.
	RelayAgain(ctx context.Context, ref contract.ConversationRef) error
}

// Journal reads what happened in conversations, and keeps files for them; it is a
// journal.Journal.
type Journal interface {
	Entries(ctx context.Context, ref contract.ConversationRef, from int64) iter.Seq2[conversation.Entry, error]
	Newer(ctx context.Context, ref contract.ConversationRef, from int64) iter.Seq2[conversation.Entry, error]
	PutBody(ctx context.Context, ref contract.ConversationRef, body []byte) (conversation.Blob, error)
	Body(ctx context.Context, ref contract.ConversationRef, b conversation.Blob) ([]byte, error)
	// Closing returns how the conversation last ended before a time; fault.NotFound: it did not.
	Closing(ctx context.Context, ref contract.ConversationRef, before int64) (*conversation.Closing, error)
}

// ConversationQuery selects conversations of an account; zero fields do not filter.
type ConversationQuery struct {
	Account, State string
	RelayStopped   bool
	Limit          int
}

// ConversationLine is a conversation in a list.
type ConversationLine struct {
	ID      string    `json:"id" example:"5491244f-e462-4c63-bf4e-faf4b2d3e7b5"`
	State   string    `json:"state" enum:"open,survey,closed,abandoned" doc:"survey: the conversation is closed, its survey is not. abandoned: nothing happened in it for 30 days, and it was given up."`
	Active  bool      `json:"active" doc:"A workflow attends to it: until it is closed and nothing more is to be expected."`
	Stopped bool      `json:"relayStopped,omitempty" doc:"The app's callback was given up, and what it has not got waits for POST …/relay."`
	Started time.Time `json:"started"`
	UI      string    `json:"ui" doc:"The conversation in the Temporal UI."`
}

// ConversationRequest is what people send to open a conversation.
type ConversationRequest struct {
	App      string    `json:"app" maxLength:"64" doc:"Id of an app of the account." example:"01JD3ZF2V7W8X9Y0Z1A2B3C4D5"`
	Consumer string    `json:"consumer" minLength:"1" maxLength:"256" doc:"The channel's own id of the consumer; the same id is the same consumer." example:"whatsapp:34600000000"`
	Message  string    `json:"message,omitempty" maxLength:"65536" doc:"The first message. With AUTO_MESSAGES it must follow the opening within ten seconds."`
	Features []string  `json:"features,omitempty" enum:"AUTO_MESSAGES,RICH_CONTENT,QUICK_REPLIES,MULTI_DIALOG,CO_BROWSE,CO_APP,PHOTO_SHARING,SECURE_FORMS" doc:"What the channel can show; it is declared with every request. MULTI_DIALOG, RICH_CONTENT and QUICK_REPLIES are needed for surveys."`
	Skill    string    `json:"skill,omitempty" pattern:"^(-1|[0-9]{1,10})$" patternDescription:"an id of at most ten digits, or -1" doc:"Whom it is routed to; absent: by the campaign, or to all."`
	Urgency  string    `json:"urgency,omitempty" enum:"NORMAL,URGENT,PRIORITIZED" doc:"How soon the brand should answer; absent: as the account has set it."`
	Campaign *Campaign `json:"campaign,omitempty" doc:"The campaign and engagement that route it, which is to be preferred to a skill."`
	Context  any       `json:"context,omitempty" doc:"The platform's conversationContext, an object: visitorId, sessionId, interactionContextId, type, lang."`
	Profile  any       `json:"profile,omitempty" doc:"The platform's profile of the consumer, an object: authenticatedData with lp_sdes, firstName, …"`
}

// Campaign routes a conversation.
type Campaign struct {
	Campaign   string `json:"campaign" minLength:"1" maxLength:"32" doc:"Id of the campaign." example:"2894629312"`
	Engagement string `json:"engagement" minLength:"1" maxLength:"32" doc:"Id of its engagement." example:"2894629412"`
}

// ConversationOpened answers an opening.
type ConversationOpened struct {
	ID          string `json:"id" example:"5491244f-e462-4c63-bf4e-faf4b2d3e7b5"`
	Participant string `json:"participant" doc:"The platform's id of the consumer."`
	Sequence    *int   `json:"sequence,omitempty" doc:"The number of the first message."`
	UI          string `json:"ui" doc:"The conversation in the Temporal UI."`
}

// ConversationView is how a conversation stands.
type ConversationView struct {
	ID string `json:"id"`
	conversation.View
	UI string `json:"ui" doc:"The conversation in the Temporal UI."`
}

// InOpen opens a conversation.
type InOpen struct {
	InAccount
	MessageKey
	Body ConversationRequest
}

// InConversation names a conversation.
type InConversation struct {
	InAccount
	ID string `path:"id" pattern:"^[A-Za-z0-9_-]{1,128}$" patternDescription:"the platform's id of a conversation" doc:"The platform's id of the conversation." example:"5491244f-e462-4c63-bf4e-faf4b2d3e7b5"`
}

func (in InConversation) ref() contract.ConversationRef {
	return contract.ConversationRef{Account: in.Account, Conversation: in.ID}
}

// InConversations lists conversations.
type InConversations struct {
	InAccount
	State   string `query:"state" enum:"open,survey,closed,abandoned" doc:"Only those."`
	Stopped bool   `query:"relayStopped" doc:"Only those whose callback was given up; also ones that are over."`
	Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"At most so many."`
}

// MessageKey is the Idempotency-Key of what reaches the platform.
type MessageKey struct {
	Key string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"64" doc:"The channel's own id of the message: a repeat with the same one returns the first answer and sends nothing. Of statuses and changes the last hundred are known." example:"wamid.HBgLMzQ2MDA"`
}

const conversationsPath = "/v1/accounts/{a}/conversations"

const conversationsTag = "conversations"

func (s *Server) conversations(mux *http.ServeMux) {
	route(s, operation{
		Method: http.MethodPost, Path: conversationsPath, ID: "open-conversation", Tag: conversationsTag, Status: http.StatusCreated,
		Summary: "Open a conversation for a consumer",
		Doc: "Returns when the platform has it. After a 503, or when it is not known whether the platform took it, repeat the request with the same key: no second one is opened. " +
			"The key stays the one of this opening: a repeat sends the first message if that was not sent, or says with 409 that the conversation was closed before. With another consumer, app or first message it is refused with 409, too.",
		Errors: []int{400, 404, 409, 413, 422, 429},
	}, s.openConversation)
	route(s, operation{
		Method: http.MethodGet, Path: conversationsPath, ID: "list-conversations", Tag: conversationsTag,
		Summary: "List conversations, the latest first", Doc: "What has just begun may take a second to appear.", Errors: []int{404, 422},
	}, s.listConversations)
	route(s, operation{
		Method: http.MethodGet, Path: conversationsPath + "/{id}", ID: "get-conversation", Tag: conversationsTag,
		Summary: "Show how a conversation stands", Errors: []int{404, 422},
	}, s.getConversation)
	s.conversationCommands()
	s.conversationEntries(mux)
}

func (s *Server) openConversation(ctx context.Context, in *InOpen) (*Item[ConversationOpened], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	b := in.Body
	app, ok := snap.Apps[b.App]
	switch {
	case !ok:
		return nil, fault.New(fault.InvalidSpec, "there is no app %q", b.App).WithField("body.app")
	case !app.Enabled:
		return nil, fault.New(fault.Conflict, "the app is disabled").WithField("body.app").WithFix("enable it first")
	}
	open := contract.OpenIn{
		Account: in.Account, App: app.ID, Consumer: b.Consumer, IdemKey: in.Key, Features: b.Features,
		Skill: b.Skill, Urgency: b.Urgency, Message: b.Message,
	}
	if b.Campaign != nil {
		open.Campaign = &contract.Campaign{Campaign: b.Campaign.Campaign, Engagement: b.Campaign.Engagement}
	}
	if open.Context, err = object("body.context", b.Context); err != nil {
		return nil, err
	}
	if open.Profile, err = object("body.profile", b.Profile); err != nil {
		return nil, err
	}
	out, err := s.cfg.Conversations.OpenConversation(ctx, open)
	if err != nil {
		return nil, err
	}
	return &Item[ConversationOpened]{
		Location: "/v1/accounts/" + in.Account + "/conversations/" + out.Conversation,
		Body: ConversationOpened{
			ID: out.Conversation, Participant: out.Participant, Sequence: out.Sequence,
			UI: s.cfg.Runs.Link(contract.ConversationID(in.Account, out.Conversation), ""),
		},
	}, nil
}

// object encodes a value that must be a JSON object; nil is none.
func object(field string, v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	if _, ok := v.(map[string]any); !ok {
		return nil, fault.New(fault.InvalidSpec, "must be an object").WithField(field)
	}
	return json.Marshal(v)
}

func (s *Server) listConversations(ctx context.Context, in *InConversations) (*Listing[ConversationLine], error) {
	if _, err := s.snapshot(ctx, in.Account); err != nil {
		return nil, err
	}
	lines, err := s.cfg.Conversations.ListConversations(ctx, ConversationQuery{Account: in.Account, State: in.State, RelayStopped: in.Stopped, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &Listing[ConversationLine]{Body: List[ConversationLine]{Items: []ConversationLine{}}}
	for _, l := range lines {
		l.UI = s.cfg.Runs.Link(contract.ConversationID(in.Account, l.ID), "")
		out.Body.Items = append(out.Body.Items, l)
	}
	return out, nil
}

func (s *Server) getConversation(ctx context.Context, in *InConversation) (*Item[ConversationView], error) {
	view, err := s.cfg.Conversations.Conversation(ctx, in.ref())
	if fault.Is(err, fault.NotFound) {
		if _, missing := s.snapshot(ctx, in.Account); fault.Is(missing, fault.NotFound) {
			return nil, missing
		}
		return nil, notFound("id", "conversation", in.ID)
	}
	if err != nil {
		return nil, err
	}
	return &Item[ConversationView]{Body: ConversationView{
		ID: in.ID, View: view, UI: s.cfg.Runs.Link(contract.ConversationID(in.Account, in.ID), ""),
	}}, nil
}
