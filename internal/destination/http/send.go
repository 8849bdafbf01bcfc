package httpput

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/retryafter"
)

// stallTimeout is how long a receiver may take no byte before the request is given up.
const stallTimeout = 2 * time.Minute

// errStalled is the cause of a request that was given up.
var errStalled = fmt.Errorf("the receiver took no byte for %s", stallTimeout)

// send sends the file once and returns nil when the receiver has accepted it.
func (d *Destination) send(ctx context.Context, f destination.File) error {
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(stallTimeout, func() { cancel(errStalled) })
	defer stalled.Stop()
	w, err := d.wrap(running, f, func() { stalled.Reset(stallTimeout) })
	if err != nil {
		return err
	}
	req, err := d.request(running, f, w)
	if err != nil {
		return err
	}
	res, err := d.client.Do(req)
	if err != nil {
		return d.failure(running, f, w, err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer)) // the status has said everything
	if bad := w.failure(); bad != nil {
		return bad // whatever it answered to half a file
	}
	return d.judge("send "+f.Name, res)
}

// maxAnswer is how much of an answer is read, so that the connection can be used again.
const maxAnswer = 64 << 10

// failure says why a request got no answer. What was wrong with the file comes first, for it
// broke the connection.
func (d *Destination) failure(ctx context.Context, f destination.File, w *wrapped, err error) error {
	if bad := w.failure(); bad != nil {
		return bad
	}
	return d.unanswered(ctx, "send "+f.Name, err)
}

// unanswered classifies what kept a request from being answered. The text of the client's error
// holds the query, so only its cause is told.
func (d *Destination) unanswered(ctx context.Context, what string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	var client *url.Error
	if errors.As(err, &client) {
		err = client.Err
	}
	var known *fault.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &known), errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &certificate):
		return fault.New(fault.PermissionDenied, "%s to %s: its certificate is not trusted: %w", what, d.config.url.Origin, err).
			WithFix("give its root as the destination's roots")
	}
	return fault.New(fault.Upstream, "%s to %s: %w", what, d.config.url.Origin, err)
}

// judge turns the receiver's status into an error (RFC 9110 section 15).
func (d *Destination) judge(what string, res *http.Response) error {
	if d.config.accept[res.StatusCode] {
		return nil
	}
	says := fmt.Sprintf("%s: %s answers %s", what, d.config.url.Origin, res.Status)
	wait, _ := retryafter.In(res.Header, d.now())
	switch code := res.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusProxyAuthRequired:
		return fault.New(fault.AuthFailed, "%s", says).WithFix("correct the destination's credentials")
	case code == http.StatusForbidden:
		return fault.New(fault.PermissionDenied, "%s", says).WithFix("have these credentials allowed to send files there")
	case code == http.StatusNotFound || code == http.StatusGone:
		return fault.New(fault.NotFound, "%s", says).WithFix("correct the destination's url")
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable && wait > 0:
		return fault.New(fault.RateLimited, "%s", says).After(wait)
	case code == http.StatusInsufficientStorage:
		return fault.New(fault.StorageFull, "%s", says).WithFix("have room made there").After(wait)
	case code == http.StatusRequestEntityTooLarge && wait > 0:
		return fault.New(fault.StorageFull, "%s", says).After(wait)
	case code == http.StatusRequestEntityTooLarge:
		return fault.New(fault.PermissionDenied, "%s", says).
			WithFix("have the receiver's limit raised, or lower parts.entries of the task so that its files become smaller")
	case code == http.StatusRequestURITooLong:
		return fault.New(fault.PermissionDenied, "%s", says).
			WithFix("shorten the destination's url, or fileName and path of the task")
	case code == http.StatusConflict: // an attempt that is still being worked on there
		return fault.New(fault.Conflict, "%s", says).After(wait)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code >= http.StatusInternalServerError:
		return fault.New(fault.Upstream, "%s", says).After(wait)
	case code >= http.StatusMultipleChoices && code < http.StatusBadRequest:
		return fault.New(fault.InvalidSpec, "%s and points to %s: files follow no redirect", says, place(res)).WithField("url").
			WithFix("if that is the receiver, make it the destination's url")
	}
	return fault.New(fault.PermissionDenied, "%s", says).
		WithFix("make the destination send what the receiver expects, or add the status to accept if it means taken")
}

// place is where a redirect points, without what may be secret in it.
func place(res *http.Response) string {
	to, err := res.Location()
	if err != nil {
		return "nowhere"
	}
	return to.Scheme + "://" + to.Host + to.EscapedPath()
}
