package relay

import (
	"context"
	"net/http"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/hook"
)

// Bodies reads bodies that are too large for an event; it is a journal.Journal.
type Bodies interface {
	Body(ctx context.Context, ref contract.ConversationRef, b conversation.Blob) ([]byte, error)
}

// Unseal opens a secret of the account.
type Unseal func(accountID string, s account.Sealed) ([]byte, error)

// Relay posts to callbacks. It is safe for concurrent use.
type Relay struct {
	poster *hook.Poster
	bodies Bodies
	unseal Unseal
}

// New returns a relay over the client, which should be guarded; redirects are refused.
func New(client *http.Client, bodies Bodies, unseal Unseal, now func() time.Time) *Relay {
	return &Relay{poster: hook.New(client, now), bodies: bodies, unseal: unseal}
}

// Post sends what the entry says to the app's callback, signed (see package signature) and with
// the message's id as Idempotency-Key. It returns when the callback has answered 2xx; every other
// answer is fault.Upstream, to be repeated: what a callback cannot take today it may take
// tomorrow, and a message that is passed over is lost. concerns is false, and nothing is sent,
// for what the channel does not get.
func (r *Relay) Post(ctx context.Context, accountID string, app account.App, ref contract.ConversationRef, e conversation.Entry) (concerns bool, err error) {
	m, ok := MessageOf(app, ref, e)
	if !ok || app.Callback == nil {
		return false, nil
	}
	if e.Event != nil && e.Event.Blob != nil && e.Event.Kind != conversation.Details {
		if m.Event, err = r.bodies.Body(ctx, ref, *e.Event.Blob); err != nil {
			return true, err
		}
	}
	secret, err := r.unseal(accountID, app.Callback.Secret)
	if err != nil {
		return true, fault.New(fault.Corrupt, "the callback's secret cannot be read").WithFix("give the app's callback again")
	}
	return true, r.post(ctx, app.Callback.URL, secret, m)
}

func (r *Relay) post(ctx context.Context, url string, secret []byte, m Message) error {
	a, err := r.poster.Post(ctx, url, secret, m.ID, m)
	if err != nil || a.Taken() {
		return err
	}
	return fault.New(fault.Upstream, "the callback at %s answers %s to message %s", a.Host, a.Status, m.ID).
		WithFix("have it answer 2xx to what it has taken; a message is repeated until then, and those after it wait").
		After(a.RetryAfter)
}
