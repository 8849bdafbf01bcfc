package notify

import (
	"context"
	"net/http"
	"time"

	"transporter/internal/fault"
	"transporter/internal/hook"
)

// Hooks posts messages to webhooks. It is safe for concurrent use.
type Hooks struct{ poster *hook.Poster }

// NewHooks returns a sender over the client, which should be guarded; redirects are refused.
func NewHooks(client *http.Client, now func() time.Time) *Hooks {
	return &Hooks{hook.New(client, now)}
}

// Send posts the message as JSON, signed, with its id as Idempotency-Key. An answer of 2xx is
// success; any other is fault.Upstream, a 4xx but 408 and 429 final.
func (h *Hooks) Send(ctx context.Context, url string, secret []byte, m Message) error {
	a, err := h.poster.Post(ctx, url, secret, m.ID, m)
	switch {
	case err != nil || a.Taken():
		return err
	case a.Code >= http.StatusInternalServerError, a.Code == http.StatusTooManyRequests, a.Code == http.StatusRequestTimeout:
		return fault.New(fault.Upstream, "webhook at %s answers %s", a.Host, a.Status)
	}
	return fault.New(fault.PermissionDenied, "webhook at %s answers %s", a.Host, a.Status).
		WithFix("correct the address in the account's notifications")
}
