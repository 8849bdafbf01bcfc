package account

import (
	"maps"
	"slices"

	"transporter/internal/conversation"
	"transporter/internal/task"
)

// App is an installation at a platform account, through which conversations are held on behalf
// of consumers. The platform account, its domain and the login to manage installations are those
// of its source.
type App struct {
	Meta
	Source     string                             `json:"source"`   // id of the account's source
	ClientID   string                             `json:"clientId"` // the platform's name of the installation; empty until there is one
	Name       string                             `json:"name"`     // client_name: what agents see
	Enabled    bool                               `json:"enabled"`
	Webhooks   map[conversation.Kind]WebhookPlace `json:"webhooks,omitempty"` // where each kind of events goes; others do not come
	Retry      task.Duration                      `json:"retry,omitempty"`    // retention_time: how long the platform repeats a delivery
	Engagement *Engagement                        `json:"engagement,omitempty"`
	Callback   *Callback                          `json:"callback,omitempty"`
	// Secret opens to the client secret, by a key that only workers hold. Webhook opens to it
	// too, as the key of the webhooks' signatures, by a key that the api holds.
	Secret  Sealed `json:"secret"`
	Webhook Sealed `json:"webhook"`
}

// Subscribed returns the kinds of events that webhooks bring, in order.
func (a App) Subscribed() []conversation.Kind { return slices.Sorted(maps.Keys(a.Webhooks)) }

// WebhookPlace is where the platform posts events of one kind.
type WebhookPlace struct {
	URL     string   `json:"url"`
	Retries *int     `json:"retries,omitempty"` // max_retries; nil: the platform's default
	Headers []Header `json:"headers,omitempty"` // added to every delivery
}

// Header is a header of an HTTP request.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Engagement is what campaigns may use of the app.
type Engagement struct {
	DesignEngagement  bool     `json:"designEngagement"`
	DesignWindow      bool     `json:"designWindow"`
	LanguageSelection bool     `json:"languageSelection"`
	EntryPoint        []string `json:"entryPoint"`
	VisitorBehavior   []string `json:"visitorBehavior"`
	TargetAudience    []string `json:"targetAudience"`
	Goal              []string `json:"goal"`
	ConsumerIdentity  []string `json:"consumerIdentity"`
}

// Callback is where the channel's side takes what agents do. Secret opens to the key that
// requests are signed with.
type Callback struct {
	URL    string `json:"url"`
	Secret Sealed `json:"secret,omitzero"`
}
