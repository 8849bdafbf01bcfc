// Package manifest writes what an account says of an app as the manifest of an installation, and
// refuses what the platform would (LivePerson developers: "Install your app", "Webhooks:
// configuration"). It is pure.
package manifest

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"transporter/internal/account"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// Limits of an installation.
const (
	maxName     = 128 // characters
	maxRetries  = 5
	minRetry    = 2 * time.Second
	maxRetry    = 72 * time.Hour
	maxEntries  = 10 // of entry_point
	maxVisitor  = 10
	maxAudience = 20
	maxGoal     = 10
	maxIdentity = 5
)

// Limits of ours: the platform publishes none.
const (
	maxURL     = 2000
	maxHeaders = 20
	maxValue   = 1000
)

// headerName is a field name of RFC 9110 §5.1; headerValue of §5.5 in ASCII.
var (
	headerName  = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$")
	headerValue = regexp.MustCompile(`^[\x21-\x7E]([\x20-\x7E\t]*[\x21-\x7E])?$`)
)

// Check returns nil if the platform would take the app, else every reason as fault.InvalidSpec
// that names the field.
func Check(app account.App) error {
	var errs []error
	wrong := func(field, fix, format string, args ...any) {
		errs = append(errs, fault.New(fault.InvalidSpec, format, args...).WithField(field).WithFix("%s", fix))
	}
	switch n := utf8.RuneCountInString(app.Name); {
	case strings.TrimSpace(app.Name) == "":
		wrong("name", "give the name that agents see as the source of a conversation", "an app needs a name")
	case n > maxName:
		wrong("name", "shorten it", "it has %d characters, the platform takes %d", n, maxName)
	}
	if d := time.Duration(app.Retry); d != 0 && (d < minRetry || d > maxRetry || d%time.Second != 0) {
		wrong("retry", "write whole seconds from 2s to 3d, or leave it out", "the platform repeats deliveries for 2 seconds to 72 hours, not for %s", app.Retry)
	}
	for _, kind := range app.Subscribed() {
		field := "webhooks." + string(kind)
		if types[kind] == "" {
			wrong(field, "use content, rich, status, typing or details", "it is no kind of event that webhooks bring")
			continue
		}
		errs = append(errs, checkPlace(field, app.Webhooks[kind]))
	}
	errs = append(errs, checkEngagement(app.Engagement))
	return errors.Join(errs...)
}

// CheckEndpoint returns nil if the platform would post to the URL, else fault.InvalidSpec that
// names the field.
func CheckEndpoint(field, address string) error {
	u, err := url.Parse(address)
	if err == nil && strings.HasPrefix(address, "https://") && u.Hostname() != "" && u.User == nil && u.Fragment == "" && len(address) <= maxURL {
		return nil
	}
	return fault.New(fault.InvalidSpec, "the platform posts to addresses that begin with https:// and name a host").WithField(field).
		WithFix("put a proxy that ends TLS before the api, and give its address")
}

func checkPlace(field string, p account.WebhookPlace) error {
	errs := []error{CheckEndpoint(field+".endpoint", p.URL)}
	if r := p.Retries; r != nil && (*r < 0 || *r > maxRetries) {
		errs = append(errs, fault.New(fault.InvalidSpec, "it is %d, the platform takes 0 to %d", *r, maxRetries).WithField(field+".maxRetries"))
	}
	if len(p.Headers) > maxHeaders {
		errs = append(errs, fault.New(fault.InvalidSpec, "there are %d, at most %d", len(p.Headers), maxHeaders).WithField(field+".headers"))
	}
	for _, h := range p.Headers {
		if !headerName.MatchString(h.Name) || !headerValue.MatchString(h.Value) || len(h.Value) > maxValue {
			errs = append(errs, fault.New(fault.InvalidSpec, "%.40q is not the name of a header with a value", h.Name).WithField(field+".headers").
				WithFix("write a name such as X-Region, and a value of at most %d ASCII characters", maxValue))
		}
	}
	return errors.Join(errs...)
}

func checkEngagement(e *account.Engagement) error {
	if e == nil {
		return nil
	}
	var errs []error
	for _, l := range []struct {
		field       string
		values      []string
		least, most int
		allowed     []string
	}{
		{"entryPoint", e.EntryPoint, 1, maxEntries, []string{"section", "url"}},
		{"visitorBehavior", e.VisitorBehavior, 0, maxVisitor, nil},
		{"targetAudience", e.TargetAudience, 0, maxAudience, nil},
		{"goal", e.Goal, 0, maxGoal, nil},
		{"consumerIdentity", e.ConsumerIdentity, 1, maxIdentity, []string{"auth", "unauth"}},
	} {
		errs = append(errs, checkList("engagement."+l.field, l.values, l.least, l.most, l.allowed))
	}
	return errors.Join(errs...)
}

func checkList(field string, values []string, least, most int, allowed []string) error {
	if n := len(values); n < least || n > most {
		return fault.New(fault.InvalidSpec, "it has %d entries, the platform takes %d to %d", n, least, most).WithField(field)
	}
	seen := map[string]bool{}
	for _, v := range values {
		known := allowed == nil
		for _, a := range allowed {
			known = known || a == v
		}
		if v == "" || seen[v] || !known {
			return fault.New(fault.InvalidSpec, "%.40q is there twice, or is not a value of it", v).WithField(field)
		}
		seen[v] = true
	}
	return nil
}

// types are the platform's names of what webhooks bring.
var types = map[conversation.Kind]string{
	conversation.Content: "ms.MessagingEventNotification.ContentEvent",
	conversation.Rich:    "ms.MessagingEventNotification.RichContentEvent",
	conversation.Status:  "ms.MessagingEventNotification.AcceptStatusEvent",
	conversation.Typing:  "ms.MessagingEventNotification.ChatStateEvent",
	conversation.Details: "cqm.ExConversationChangeNotification",
}

// Kinds returns the kinds of events that webhooks can bring.
func Kinds() []conversation.Kind {
	return []conversation.Kind{conversation.Content, conversation.Rich, conversation.Status, conversation.Typing, conversation.Details}
}
