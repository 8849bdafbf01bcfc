// Package hook posts signed JSON to addresses that people gave us: notifications, and what the
// channel's side of a conversation is told.
package hook

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
	"transporter/internal/retryafter"
	"transporter/internal/signature"
)

const (
	timeout = 20 * time.Second
	// maxAnswer is how much of an answer is read, so that the connection can be used again.
	maxAnswer = 64 << 10
	// mostWait bounds what is heeded of a Retry-After.
	mostWait = 15 * time.Minute
)

// Poster posts. It is safe for concurrent use.
type Poster struct {
	client *http.Client
	now    func() time.Time
}

// New returns a poster over the client, which should be guarded; redirects are refused.
func New(client *http.Client, now func() time.Time) *Poster {
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Poster{client: &own, now: now}
}

// Answer is what came back.
type Answer struct {
	Code       int
	Status     string        // such as "503 Service Unavailable"
	Host       string        // that answered; the path may be a secret
	RetryAfter time.Duration // as asked for, at most 15 minutes; 0 if it was not
}

// Taken reports a 2xx.
func (a Answer) Taken() bool {
	return a.Code >= http.StatusOK && a.Code < http.StatusMultipleChoices
}

// Post sends the body as JSON, signed (see package signature), with the id as Idempotency-Key. Any
// answer is returned; that nobody answered is fault.Upstream, an address that must not be called
// what the guard says.
func (p *Poster) Post(ctx context.Context, url string, secret []byte, id string, body any) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	text, err := json.Marshal(body)
	if err != nil {
		return Answer{}, fmt.Errorf("encode message: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return Answer{}, fault.New(fault.InvalidSpec, "the address is not a URL")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", id)
	req.Header.Set(signature.Header, signature.Sign(secret, p.now(), text))
	res, err := p.client.Do(req)
	if err != nil {
		if refused := new(fault.Error); errors.As(err, &refused) && refused.Kind != fault.Upstream { // by the guard
			return Answer{}, refused
		}
		return Answer{}, fault.New(fault.Upstream, "call %s: %w", req.URL.Host, errors.Unwrap(err))
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer)) // the status has said everything
	a := Answer{Code: res.StatusCode, Status: res.Status, Host: req.URL.Host}
	wait, _ := retryafter.In(res.Header, p.now())
	a.RetryAfter = min(wait, mostWait)
	return a, nil
}
