package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"transporter/internal/account"
)

// What a connector's installation must say (Connector API, "Getting started").
const (
	grant = "client_credentials"
	scope = "msg.consumer"
)

// object is a JSON object.
type object = map[string]any

// Of returns the manifest of the app: what the platform has of it, nil for nothing, with what the
// account says in its place. What the account says nothing of stays, such as an engagement
// section or redirect URIs that somebody else gave the installation.
func Of(existing json.RawMessage, app account.App) (json.RawMessage, error) {
	m, err := read(existing)
	if err != nil {
		return nil, err
	}
	m["client_name"], m["enabled"] = app.Name, app.Enabled
	m["description"] = app.Description + mark(app.ID)
	grants, _ := m["grant_types"].([]any)
	if !slices.Contains(grants, any(grant)) {
		grants = append(grants, grant)
	}
	m["grant_types"] = grants
	given, _ := m["scope"].(string)
	if scopes := strings.Fields(given); !slices.Contains(scopes, scope) {
		m["scope"] = strings.Join(append(scopes, scope), " ")
	}
	if _, ok := m["logo_uri"]; !ok {
		m["logo_uri"] = ""
	}
	capabilities, ok := m["capabilities"].(object)
	if !ok {
		capabilities = object{}
	}
	capabilities["webhooks"] = webhooks(app)
	if app.Engagement != nil {
		capabilities["engagement"] = engagement(*app.Engagement)
	}
	m["capabilities"] = capabilities
	return json.Marshal(m)
}

// Mine reports whether the manifest is one that was written for the app: it says so itself, so
// that an installation whose answer got lost is found again and nobody else's is taken.
func Mine(existing json.RawMessage, app string) bool {
	m, err := read(existing)
	description, _ := m["description"].(string)
	return err == nil && strings.HasSuffix(description, mark(app))
}

// Same reports whether two manifests say the same, however they are written.
func Same(a, b json.RawMessage) bool {
	one, errOne := read(a)
	other, errOther := read(b)
	return errOne == nil && errOther == nil && reflect.DeepEqual(one, other)
}

// mark is the end of the description of an app that we installed. With the longest description
// that the API takes it stays within the platform's 256 characters.
func mark(app string) string { return " (transporter app " + app + ")" }

func read(raw json.RawMessage) (object, error) {
	m := object{}
	if len(raw) == 0 {
		return m, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // what is not ours stays as it is written
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	return m, nil
}

func webhooks(app account.App) object {
	all := object{}
	for _, kind := range app.Subscribed() {
		p := app.Webhooks[kind]
		hook := object{"endpoint": p.URL}
		if p.Retries != nil {
			hook["max_retries"] = *p.Retries
		}
		if len(p.Headers) > 0 {
			headers := make([]any, len(p.Headers))
			for i, h := range p.Headers {
				headers[i] = object{"header_name": h.Name, "header_value": h.Value}
			}
			hook["headers"] = headers
		}
		all[types[kind]] = hook
	}
	if app.Retry > 0 {
		all["retry"] = object{"retention_time": int(time.Duration(app.Retry) / time.Second)}
	}
	return all
}

func engagement(e account.Engagement) object {
	list := func(values []string) []string { return append([]string{}, values...) } // never null
	return object{
		"design_engagement": e.DesignEngagement, "design_window": e.DesignWindow, "language_selection": e.LanguageSelection,
		"entry_point": list(e.EntryPoint), "visitor_behavior": list(e.VisitorBehavior), "target_audience": list(e.TargetAudience),
		"goal": list(e.Goal), "consumer_identity": list(e.ConsumerIdentity),
	}
}
