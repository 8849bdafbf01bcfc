package activities

import (
	"context"
	"errors"
	"time"

	"transporter/internal/account"
	"transporter/internal/connector"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// Connector are the steps that talk to the platform on behalf of consumers.
type Connector struct {
	Accounts  Accounts
	Platforms Connectors
	Bodies    Bodies
	Journal   Journal
	Told      Conversing
	Now       func() time.Time
}

// Bodies keeps what is too large for an event, and the consumer's files.
type Bodies interface {
	PutBody(ctx context.Context, ref contract.ConversationRef, body []byte) (conversation.Blob, error)
	Body(ctx context.Context, ref contract.ConversationRef, b conversation.Blob) ([]byte, error)
}

// Conversing reaches the workflow of a conversation.
type Conversing interface {
	// Opened tells it who holds the conversation, and begins it if no event has. Idempotent.
	Opened(ctx context.Context, ref contract.ConversationRef, o contract.Opened) error
}

// platform opens the platform of an account's app.
func (c *Connector) platform(ctx context.Context, accountID, app string) (connector.Platform, error) {
	a, source, err := c.app(ctx, accountID, app)
	if err != nil {
		return nil, err
	}
	return c.Platforms.Connector(ctx, accountID, a, source)
}

// app returns an account's app and its source, fault.ConfigMissing if one of them was deleted.
func (c *Connector) app(ctx context.Context, accountID, app string) (a account.App, source account.Source, err error) {
	s, err := c.Accounts.Snapshot(ctx, accountID)
	if fault.Is(err, fault.NotFound) {
		return a, source, fault.New(fault.ConfigMissing, "account %q is gone", accountID)
	}
	if err != nil {
		return a, source, err
	}
	a, ok := s.Apps[app]
	if !ok {
		return a, source, fault.New(fault.ConfigMissing, "app %q was deleted", app)
	}
	source, ok = s.Sources[a.Source]
	if !ok {
		return a, source, fault.New(fault.ConfigMissing, "source %q of the app was deleted", a.Source)
	}
	return a, source, nil
}

// pauses are how long to wait after a failure of the platform's ("Retry policy recommendations"):
// three tries after 5, 10 and 15 seconds, then after 2, 4, 8 … minutes.
var pauses = []time.Duration{5 * time.Second, 10 * time.Second, 15 * time.Second}

// widening returns the wait after the attempt, counted from 1.
func widening(attempt int32) time.Duration {
	if int(attempt) <= len(pauses) {
		return pauses[max(attempt, 1)-1]
	}
	return 2 * time.Minute << min(int(attempt)-len(pauses)-1, 2)
}

// paced has a failure of the platform's repeated as late as the platform advises.
func paced(err error, attempt int32) error {
	f := (*fault.Error)(nil)
	if !errors.As(err, &f) || f.Kind != fault.Upstream || f.RetryAfter > 0 {
		return err
	}
	return fault.New(f.Kind, "%w", err).After(widening(attempt))
}
