package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"transporter/internal/fault"
	"transporter/internal/signature"
)

const (
	hookTimeout = 20 * time.Second
	// maxAnswer is how much of an answer is read, so that the connection can be used again.
	maxAnswer = 64 << 10
)

// Hooks posts messages to webhooks. It is safe for concurrent use.
type Hooks struct {
	client *http.Client
	now    func() time.Time
}

// NewHooks returns a sender over the client, which should be guarded; redirects are refused.
func NewHooks(client *http.Client, now func() time.Time) *Hooks {
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Hooks{client: &own, now: now}
}

// Send posts the message as JSON, signed, with its id as Idempotency-Key. An answer of 2xx is
// success; any other is fault.Upstream, a 4xx but 408 and 429 final.
func (h *Hooks) Send(ctx context.Context, url string, secret []byte, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, hookTimeout)
	defer cancel()
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode notification: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return fault.New(fault.InvalidSpec, "the webhook's address is not a URL")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", m.ID)
	req.Header.Set(signature.Header, signature.Sign(secret, h.now(), body))
	res, err := h.client.Do(req)
	if err != nil {
		if refused := new(fault.Error); errors.As(err, &refused) && refused.Kind != fault.Upstream { // by the guard
			return refused
		}
		return fault.New(fault.Upstream, "call webhook at %s: %w", req.URL.Host, errors.Unwrap(err))
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer)) // the status has said everything
	switch {
	case res.StatusCode < http.StatusMultipleChoices:
		return nil
	case res.StatusCode >= http.StatusInternalServerError, res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusRequestTimeout:
		return fault.New(fault.Upstream, "webhook at %s answers %s", req.URL.Host, res.Status)
	}
	return fault.New(fault.PermissionDenied, "webhook at %s answers %s", req.URL.Host, res.Status).
		WithFix("correct the address in the account's notifications")
}
