package installs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"transporter/internal/sandbox/live"
)

// Webhooks say where an app wants to be told of what (Connector API, "Webhooks: configuration").
// A type without an endpoint is not delivered.
type Webhooks struct {
	Endpoints map[string]Endpoint // by type of notification
	Retention time.Duration       // how long failed ones are tried again; 0: by number
}

// Endpoint takes the notifications of one type.
type Endpoint struct {
	URL        string   `json:"endpoint"`
	MaxRetries *int     `json:"max_retries"` // nil: 0
	Headers    []Header `json:"headers"`     // added to every delivery
}

// Header is a header that the app wants its deliveries to have.
type Header struct {
	Name  string `json:"header_name"`
	Value string `json:"header_value"`
}

// Limits of the retry policy (Connector API, "Webhooks: retry policy").
const (
	mostRetries    = 5
	leastRetention = 2
	mostRetention  = 259200 // seconds: 72 hours
	retryMember    = "retry"
)

// types are those that a webhook may be for.
var types = []string{live.TypeContent, live.TypeRichContent, live.TypeAcceptStatus, live.TypeChatState, live.TypeConversation}

// headerName is a field name of RFC 9110 §5.1.
var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// UnmarshalJSON reads capabilities.webhooks. A type that does not exist is an error: the app would
// wait for it for ever.
func (w *Webhooks) UnmarshalJSON(raw []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return fmt.Errorf("capabilities.webhooks: %w", err)
	}
	w.Endpoints = map[string]Endpoint{}
	for name, value := range members {
		if name == retryMember {
			if err := w.readRetry(value); err != nil {
				return err
			}
			continue
		}
		if !slices.Contains(types, name) {
			return fmt.Errorf("capabilities.webhooks: %q is not one of %s", name, strings.Join(append(types[:len(types):len(types)], retryMember), ", "))
		}
		var e Endpoint
		if err := json.Unmarshal(value, &e); err != nil {
			return fmt.Errorf("capabilities.webhooks.%s: %w", name, err)
		}
		w.Endpoints[name] = e
	}
	return nil
}

func (w *Webhooks) readRetry(raw []byte) error {
	var retry struct {
		Seconds *int `json:"retention_time"`
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&retry); err != nil {
		return fmt.Errorf("capabilities.webhooks.retry: %w", err)
	}
	if s := retry.Seconds; s == nil || *s < leastRetention || *s > mostRetention {
		return fmt.Errorf("capabilities.webhooks.retry.retention_time: must be %d to %d seconds", leastRetention, mostRetention)
	}
	w.Retention = time.Duration(*retry.Seconds) * time.Second
	return nil
}

func (w *Webhooks) check() error {
	for _, name := range types {
		e, ok := w.Endpoints[name]
		if !ok {
			continue
		}
		member := "capabilities.webhooks." + name
		if !secure(e.URL) {
			return fmt.Errorf("%s.endpoint: %q must be a URL that begins with https://", member, e.URL)
		}
		if e.MaxRetries != nil && (*e.MaxRetries < 0 || *e.MaxRetries > mostRetries) {
			return fmt.Errorf("%s.max_retries: %d must be 0 to %d", member, *e.MaxRetries, mostRetries)
		}
		for _, h := range e.Headers {
			if !headerName.MatchString(h.Name) || strings.ContainsAny(h.Value, "\r\n\x00") {
				return fmt.Errorf("%s.headers: %q is no name and value of a header", member, h.Name)
			}
		}
	}
	return nil
}

// Retries is how often a failed delivery to the endpoint is tried again when there is no retention.
func (e Endpoint) Retries() int {
	if e.MaxRetries == nil {
		return 0
	}
	return *e.MaxRetries
}

// Excepted reports whether the endpoint's failures are dropped although the app has a retention:
// max_retries is there and 0.
func (e Endpoint) Excepted() bool { return e.MaxRetries != nil && *e.MaxRetries == 0 }
