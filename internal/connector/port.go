// Package connector is the way to a platform on which conversations are held on behalf of
// consumers: the port that activities call, and in folders below it the adapter of each platform.
package connector

import (
	"context"
	"encoding/json"
	"io"

	"transporter/internal/conversation"
)

// Consumer is on whose behalf a request is made: the channel's own id, and the features that
// were declared when the conversation was opened, which every request repeats.
type Consumer struct {
	ID       string
	Features []string
}

// Platform holds conversations through one installed app. It is safe for concurrent use. Errors
// are fault.Errors; one that Ambiguous reports may have taken effect.
type Platform interface {
	// Open opens a conversation and returns its id, and the platform's id of the consumer. It is
	// not idempotent: after an ambiguous error ask Opened first.
	Open(ctx context.Context, who Consumer, o Opening) (id, participant string, err error)
	// Opened returns the consumer's newest conversation that was begun from one time to another (epoch
	// milliseconds), whether it is open or closed, and the platform's id of the consumer; "" if the
	// platform's history knows none, which is a minute behind.
	Opened(ctx context.Context, who Consumer, from, to int64) (id, participant string, err error)
	// Publish sends an event to a dialog and returns its number, conversation.Unnumbered if it
	// takes none. It is not idempotent; metadata with an ExternalId lets the echo be recognised.
	Publish(ctx context.Context, who Consumer, at Place, event, metadata json.RawMessage) (sequence int, err error)
	// Change changes fields of the conversation (cm.UpdateConversationField). Idempotent.
	Change(ctx context.Context, who Consumer, at Place, field json.RawMessage) error
	// Upload puts a file of the size where agents can open it, and returns the path that a
	// hosted/file event names. A repeat uploads another copy.
	Upload(ctx context.Context, who Consumer, kind string, size int64, body io.Reader) (path string, err error)
	// Download opens a file that the conversation names. The caller closes it.
	Download(ctx context.Context, who Consumer, path string) (io.ReadCloser, error)
	// History returns what the platform remembers of a conversation, which is a minute behind:
	// numbered events dialog by dialog, then the details; Via is conversation.ViaHistory.
	History(ctx context.Context, who Consumer, id string) ([]conversation.Event, error)
}

// Place is a dialog of a conversation; the main one has the conversation's id.
type Place struct{ Conversation, Dialog string }

// Opening is how a conversation begins. Context and Profile are bodies as the platform takes them.
type Opening struct {
	Skill, Urgency       string
	Campaign, Engagement string
	Context, Profile     json.RawMessage
}
