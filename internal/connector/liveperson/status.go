package liveperson

import (
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode"

	"transporter/internal/connector"
	"transporter/internal/fault"
	"transporter/internal/lenient"
	"transporter/internal/retryafter"
)

const (
	// codeConsumerRefused is the errorCode of a ConsumerJWS that is invalid, or of a conversation
	// that is another consumer's ("Send API", error codes).
	codeConsumerRefused = "40103"
	// maxErrorText bounds what is shown of an error's words, in characters.
	maxErrorText = 300
	// The platform asks to wait a second at least after a 429 ("Retry policy recommendations"); a
	// longer wait than 15 minutes is looked at again.
	minWait = time.Second
	maxWait = 15 * time.Minute
)

// errConsumerRefused is what errors.Is finds in the refusal of a consumer's token.
var errConsumerRefused = errors.New("the platform does not take the consumer's token for this conversation")

func isConsumerRefused(err error) bool { return errors.Is(err, errConsumerRefused) }

// refusal classifies an answer that is no success: 4xx have not taken effect and are not to be
// repeated, but for 429; a server error may have.
func (c *Client) refusal(r call, res *http.Response, body []byte) error {
	code, text := c.words(body, r.secrets)
	status := res.StatusCode
	wait, asked := retryAfter(res.Header, c.config.Now())
	switch {
	case r.issues && status >= 400 && status <= 403:
		return fault.New(fault.AuthFailed, "%s: it refuses the app's secret with status %d%s", r.title, status, text).
			WithFix("check that the app is installed and enabled at the platform, and that its secret is the one that we have")
	case status == http.StatusUnauthorized && code == codeConsumerRefused:
		return fault.New(fault.AuthFailed, "%s: %w%s", r.title, errConsumerRefused, text).
			WithFix("check that the conversation is this consumer's")
	case status == http.StatusUnauthorized:
		return fault.New(fault.AuthFailed, "%s: it refuses the app's token%s", r.title, text).
			WithFix("check that the app is enabled at the platform")
	case status == http.StatusForbidden:
		return fault.New(fault.PermissionDenied, "%s: the app may not do this%s", r.title, text).
			WithFix("check that the scope of the app is msg.consumer")
	case status == http.StatusNotFound:
		return fault.New(fault.NotFound, "%s: nothing at this address%s", r.title, text)
	case status == http.StatusTooManyRequests:
		return fault.New(fault.RateLimited, "%s: status %d, wait %s%s", r.title, status, wait, text).After(wait)
	case status == http.StatusServiceUnavailable && asked:
		return connector.Unsure(fault.New(fault.RateLimited, "%s: status %d, wait %s%s", r.title, status, wait, text).After(wait))
	case status >= http.StatusInternalServerError:
		return connector.Unsure(fault.New(fault.Upstream, "%s: status %d%s", r.title, status, text))
	case status < http.StatusBadRequest, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return fault.New(fault.Upstream, "%s: status %d%s", r.title, status, text)
	}
	return fault.New(fault.InvalidSpec, "%s: it refuses the request with status %d%s", r.title, status, text)
}

// words returns the errorCode of an error and ": " with what it tells people, on one line, bounded,
// and without the app's secret and what was issued to it.
func (c *Client) words(body []byte, secrets []string) (code, text string) {
	var e struct {
		Body struct {
			Title     string       `json:"title"`
			Details   string       `json:"details"`
			ErrorCode lenient.Text `json:"errorCode"`
			Msg       string       `json:"msg"`
		} `json:"body"`
	}
	text = strings.ToValidUTF8(string(body), "")
	if lenient.Into(body, &e); e.Body.Title+e.Body.Details+e.Body.Msg != "" {
		text = strings.Join([]string{e.Body.Title, e.Body.Details, e.Body.Msg}, " ")
	}
	for _, secret := range append(secrets, c.config.Secret.Reveal()) {
		text = strings.ReplaceAll(text, secret, "***")
	}
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }), " ")
	if runes := []rune(text); len(runes) > maxErrorText {
		text = string(runes[:maxErrorText]) + "…"
	}
	if text != "" {
		text = ": " + text
	}
	return string(e.Body.ErrorCode), text
}

// retryAfter reads the header, clamped to between a second and 15 minutes; asked is false without
// one.
func retryAfter(h http.Header, now time.Time) (wait time.Duration, asked bool) {
	wait, asked = retryafter.In(h, now)
	return min(max(wait, minWait), maxWait), asked
}
