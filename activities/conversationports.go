package activities

import (
	"context"
	"iter"
	"time"

	"transporter/internal/account"
	"transporter/internal/connector"
	"transporter/internal/contract"
	"transporter/internal/conversation"
)

// Connectors opens the platform of an account's app; it unseals the app's secret and its source's.
type Connectors interface {
	Connector(ctx context.Context, accountID string, app account.App, source account.Source) (connector.Platform, error)
}

// Journal keeps what happened in conversations, in order.
type Journal interface {
	// Append writes entries, which follow each other, at their positions. Entries that stand
	// there already are left alone; other ones in their place are fault.Conflict. Idempotent.
	Append(ctx context.Context, ref contract.ConversationRef, entries []conversation.Entry) (next int64, err error)
	// Entries yields the journal from a position on, in order.
	Entries(ctx context.Context, ref contract.ConversationRef, from int64) iter.Seq2[conversation.Entry, error]
	// Save keeps the state of a conversation; Load returns it, nil if there is none. Entries at
	// and after its Next are newer than it.
	Save(ctx context.Context, ref contract.ConversationRef, state conversation.State) error
	Load(ctx context.Context, ref contract.ConversationRef) (*conversation.State, error)
	// Close notes that the conversation is over as far as its journal goes, at the time that now
	// gives. What is noted already is not noted again. Idempotent.
	Close(ctx context.Context, c conversation.Closing, now func() time.Time) error
}

// Relay tells the channel's side what happened.
type Relay interface {
	// Post sends one entry to the app's callback, signed, once it is taken (any 2xx). The event's
	// id is the same however often it is posted. concerns is false for what the channel does not
	// get: its own messages, and what staff say among themselves; nothing is sent then.
	Post(ctx context.Context, accountID string, app account.App, ref contract.ConversationRef, e conversation.Entry) (concerns bool, err error)
}

// RelayTrouble tells the workflow of a conversation that its callback fails; it is a temporalx.Conversations.
type RelayTrouble interface {
	RelayFails(ctx context.Context, ref contract.ConversationRef, f contract.RelayFails) error
}
