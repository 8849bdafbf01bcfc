package connector

import (
	"encoding/json"

	"transporter/internal/conversation"
)

// record is a conversation as reports read it. Times are epoch milliseconds, and left out where
// nothing says them.
type record struct {
	ID          string   `json:"id"`
	Account     string   `json:"account"` // ours
	App         string   `json:"app"`
	Brand       string   `json:"brand,omitempty"` // the platform's account
	Consumer    string   `json:"consumer,omitempty"`
	Participant string   `json:"participant,omitempty"`
	Noted       int64    `json:"notedAt"`
	Outcome     string   `json:"outcome"` // closed, abandoned
	Opened      int64    `json:"openedAt,omitempty"`
	Closed      int64    `json:"closedAt,omitempty"`
	CloseReason string   `json:"closeReason,omitempty"`
	OpenedByUs  bool     `json:"openedByUs"`
	Skill       string   `json:"skill,omitempty"`
	Skills      []string `json:"skills,omitempty"`
	Agents      []string `json:"agents,omitempty"`
	Features    []string `json:"features,omitempty"`

	Participants []conversation.Participant `json:"participants,omitempty"` // of the last statement
	Dialogs      []conversation.Dialog      `json:"dialogs,omitempty"`
	Survey       []answer                   `json:"survey,omitempty"`
	Gaps         []conversation.Gap         `json:"gaps,omitempty"`
	Counts       counts                     `json:"counts"`
	Messages     []*message                 `json:"messages"`
	LeftOut      bool                       `json:"leftOut,omitempty"`    // a body was too much to hold
	Unverified   bool                       `json:"unverified,omitempty"` // nobody knows whether all of it was told
}

// counts are over the whole conversation.
type counts struct {
	Entries  int64 `json:"entries"`
	Messages int64 `json:"messages"`
	Consumer int64 `json:"consumer"`
	Brand    int64 `json:"brand"`
	Late     int64 `json:"late"`
	Missing  int64 `json:"missing"` // numbers that the platform could not tell us
	Failed   int64 `json:"failed"`
}

// message is one message, or a message of the consumer that could not be sent.
type message struct {
	Position    int64           `json:"position"`
	Dialog      string          `json:"dialog,omitempty"`
	DialogType  string          `json:"dialogType,omitempty"`
	Sequence    *int            `json:"sequence,omitempty"`
	Sent        int64           `json:"sentAt"`
	Sender      string          `json:"sender,omitempty"`
	Role        string          `json:"role,omitempty"`
	SenderKind  string          `json:"senderKind"`
	Audience    string          `json:"audience,omitempty"`
	Kind        string          `json:"kind"` // content, rich, failed
	ContentType string          `json:"contentType,omitempty"`
	Text        *string         `json:"text,omitempty"`
	Event       json.RawMessage `json:"event,omitempty"` // left out of what text says whole
	Metadata    json.RawMessage `json:"metadata,omitempty"`
	External    string          `json:"externalId,omitempty"`
	Late        bool            `json:"late"`
	Via         string          `json:"via,omitempty"`
	Failure     string          `json:"failure,omitempty"`

	marks
}

// marks is when the other side first said what became of a message.
type marks struct {
	Accepted int64 `json:"acceptedAt,omitempty"`
	Read     int64 `json:"readAt,omitempty"`
	Refused  int64 `json:"refusedAt,omitempty"`
}

// answer is what the consumer wrote after a question of a survey.
type answer struct {
	Dialog   string  `json:"dialog"`
	Question *string `json:"question,omitempty"`
	Answer   *string `json:"answer,omitempty"`
	At       int64   `json:"at"`
	Position int64   `json:"position"`
}

// Outcomes of a conversation.
const (
	outcomeClosed    = "closed"
	outcomeAbandoned = "abandoned"
)

// Kinds of senders.
const (
	senderConsumer = "consumer"
	senderAgent    = "agent"
	senderManager  = "manager"
	senderSystem   = "system"
	senderUnknown  = "unknown"
)

// senderKinds are our words for the platform's roles (Connector API, "Participants").
var senderKinds = map[string]string{
	conversation.RoleConsumer: senderConsumer, conversation.RoleAgent: senderAgent, "AGENT": senderAgent, "READER": senderAgent,
	"MANAGER": senderManager, "CONTROLLER": senderSystem,
}
