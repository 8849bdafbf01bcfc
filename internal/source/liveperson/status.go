package liveperson

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"transporter/internal/fault"
	"transporter/internal/retryafter"
	"transporter/internal/source/access"
)

const (
	// maxErrorBody is what is read of an error's body, maxErrorText what is shown.
	maxErrorBody = 4 << 10
	maxErrorText = 300
	// The platform asks to wait at least a second after a 429; a wait beyond 15 minutes
	// is checked again after 15.
	minRetryAfter = time.Second
	maxRetryAfter = 15 * time.Minute
	// maxWaitInCall is the longest wait that is sat out inside a call: a longer one is
	// given back, so that the caller holds no worker's slot meanwhile.
	maxWaitInCall = 10 * time.Second
	// clockSkew is where a server's clock is blamed for a refused signature.
	clockSkew = 2 * time.Minute
)

// bearers are how errors name who was let in, and what they need, by kind of credentials.
var bearers = map[string]struct{ who, needs string }{
	"":            {"this machine", "ask who runs the network, or the platform's support, to let it in%s"}, // the Domain API takes none
	access.OAuth1: {"the API key", "give the API key the permission in the platform's console: %s"},
	access.Login:  {"the user", "give the user a profile with the permission, or the source an API key with it: %s"},
	access.OAuth2: {"the app", "give the app the scope or permission: %s"},
}

// statusFault classifies an answer that is not a success.
func (c *Client) statusFault(a api, p pass, res *http.Response, body []byte) *fault.Error {
	text := c.redact(body, p.secrets())
	code := res.StatusCode
	wait, asked := retryAfter(res.Header, c.now())
	switch {
	case a.issues != "" && code >= 400 && code <= 403:
		return fault.New(fault.AuthFailed, "%s: the credentials were refused with status %d%s", a.title, code, text).
			WithField("credentials."+a.issues).WithFix("%s", refusals[a.issues])
	case code == http.StatusUnauthorized && p.grant != nil:
		return fault.New(fault.AuthFailed, "%s: it refuses what was issued to %s a moment ago%s", a.title, bearers[p.kind].who, text).
			WithField("credentials."+p.kind).WithFix("check what %s may do, or give the source an API key (credentials.oauth1)", bearers[p.kind].who)
	case code == http.StatusUnauthorized:
		return c.refused(a, res, text)
	case code == http.StatusForbidden:
		return fault.New(fault.PermissionDenied, "%s: %s may not read it%s", a.title, bearers[p.kind].who, text).
			WithFix(bearers[p.kind].needs, a.permission)
	case code == http.StatusNotFound:
		return fault.New(fault.NotFound, "%s: nothing at this address%s", a.title, text).
			WithFix("check that the account has this product")
	case code == http.StatusPreconditionFailed:
		return fault.New(fault.Conflict, "%s: it has changed since it was read%s", a.title, text)
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable && asked:
		return fault.New(fault.RateLimited, "%s: status %d, wait %s%s", a.title, code, wait, text).After(wait)
	case code >= 500, code == http.StatusRequestTimeout, code == http.StatusTooEarly:
		return fault.New(fault.Upstream, "%s: status %d%s", a.title, code, text)
	case code >= 300 && code < 400:
		return fault.New(fault.Upstream, "%s: status %d, an unexpected redirect", a.title, code)
	}
	return fault.New(fault.InvalidSpec, "%s: the request was refused with status %d%s", a.title, code, text).
		WithFix("check the task's parameters against what the API says")
}

// refusals are what to check where a login or a token was refused.
var refusals = map[string]string{
	access.Login:  "check the user and the secrets that it logs in with, and that it is enabled and not locked",
	access.OAuth2: "check clientId and clientSecret of the source, and that the app is installed in the account",
}

// refused says which credential to check, as far as the answer tells (the reasons are
// those of the OAuth Problem Reporting extension).
func (c *Client) refused(a api, res *http.Response, text string) *fault.Error {
	fix := "check App key, Secret, Access token and Access token secret of the source, and that the key is enabled"
	switch {
	case strings.Contains(text, "consumer_key"):
		fix = "check the App key of the source (consumerKey), and that the key is enabled"
	case strings.Contains(text, "token_"):
		fix = "check the Access token of the source (token), and that it belongs to the App key"
	case strings.Contains(text, "signature_invalid"):
		fix = "check Secret and Access token secret of the source (consumerSecret, tokenSecret)"
	case strings.Contains(text, "timestamp"):
		fix = "set the clock of this machine"
	}
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		if skew := c.now().Sub(date).Round(time.Second); skew.Abs() > clockSkew {
			fix = "set the clock of this machine: it differs from the platform's by " + skew.String()
		}
	}
	return fault.New(fault.AuthFailed, "%s: the credentials were refused%s", a.title, text).
		WithField("credentials").WithFix("%s", fix)
}

// redact returns ": " and the server's words, on one line, bounded, without our
// credentials and what was issued to them; empty if it said nothing.
func (c *Client) redact(body []byte, issued []string) string {
	text := words(body)
	for _, secret := range append(c.config.Credentials.values(), issued...) {
		if secret == "" {
			continue
		}
		text = strings.ReplaceAll(text, secret, "***")
		text = strings.ReplaceAll(text, percent(secret), "***")
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxErrorText {
		text = string(runes[:maxErrorText]) + "…"
	}
	if text == "" {
		return ""
	}
	return ": " + text
}

// words returns what an error's body tells people: of an object in the platform's form its
// messages and reason, else all of it.
func words(body []byte) string {
	var said struct{ Message, Reason, DebugMessage string }
	if json.Unmarshal(body, &said) == nil {
		texts := slices.DeleteFunc([]string{said.Message, said.Reason, said.DebugMessage}, func(s string) bool { return s == "" })
		if len(texts) > 0 {
			return strings.Join(texts, "; ")
		}
	}
	return strings.ToValidUTF8(string(body), "")
}

// retryAfter reads the header, clamped to between a second and 15 minutes; asked is false without
// one.
func retryAfter(h http.Header, now time.Time) (wait time.Duration, asked bool) {
	wait, asked = retryafter.In(h, now)
	return min(max(wait, minRetryAfter), maxRetryAfter), asked
}

// passing reports whether the failure may be gone in seconds.
func passing(err error) bool {
	switch fault.KindOf(err) {
	case fault.Upstream:
		return true
	case fault.RateLimited:
		return waitAsked(err) <= maxWaitInCall
	}
	return false
}

// pauseAfter returns how long to wait before the next try.
func pauseAfter(err error, try int) time.Duration {
	return max(waitAsked(err), backoff(try))
}

func waitAsked(err error) time.Duration {
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return f.RetryAfter
	}
	return 0
}
