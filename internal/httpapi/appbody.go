package httpapi

import (
	"transporter/internal/account"
	"transporter/internal/conversation"
	"transporter/internal/task"
)

// App is what people send to make an app.
type App struct {
	Description  string         `json:"description" minLength:"1" maxLength:"200" doc:"The name people know it by; the platform shows it too." example:"WhatsApp of the shop"`
	Source       string         `json:"source" minLength:"1" maxLength:"64" doc:"Id of the source at whose platform account it is installed; its login must be allowed to install apps." example:"01JD3ZF2V7W8X9Y0Z1A2B3C4D5"`
	Name         string         `json:"name" minLength:"1" maxLength:"128" doc:"What agents see as the source of a conversation; unique at the platform account." example:"WhatsApp"`
	Enabled      *bool          `json:"enabled,omitempty" doc:"Absent: true at creation, as it is at a replacement."`
	Endpoint     string         `json:"endpoint,omitempty" maxLength:"2000" doc:"Where the platform posts events, beginning with https://; absent: the address of this api, see webhookUrl." example:"https://hooks.example.com/notifications/event"`
	Webhooks     *AppWebhooks   `json:"webhooks,omitempty" doc:"What is posted, and how; absent: every kind of event. Of kinds that are left out nothing comes."`
	Retry        task.Duration  `json:"retry,omitempty" doc:"How long the platform repeats a delivery that failed, in order, 2s to 3d; absent: as often as maxRetries says." example:"1d"`
	Engagement   *AppEngagement `json:"engagement,omitempty" doc:"What campaigns may use of it; absent: what the platform has stays."`
	Callback     *AppCallback   `json:"callback,omitempty" doc:"Where the channel's side is told what agents do."`
	ClientID     string         `json:"clientId,omitempty" maxLength:"128" doc:"Of an installation that there is, to take it over; with clientSecret." example:"c5ab28f6-9b10-4d9b-8a07-8e5e2fd2c1f1"`
	ClientSecret *Secret        `json:"clientSecret,omitempty" doc:"Its secret."`
}

// AppWebhooks says what the platform posts.
type AppWebhooks struct {
	Content *AppWebhook `json:"content,omitempty" doc:"Messages: texts, files, forms."`
	Rich    *AppWebhook `json:"rich,omitempty" doc:"Messages of structured content."`
	Status  *AppWebhook `json:"status,omitempty" doc:"What was accepted and read."`
	Typing  *AppWebhook `json:"typing,omitempty" doc:"Who types."`
	Details *AppWebhook `json:"details,omitempty" doc:"The state of conversations: opened, assigned, closed."`
}

// AppWebhook says how events of one kind are posted.
type AppWebhook struct {
	Endpoint   string      `json:"endpoint,omitempty" maxLength:"2000" doc:"Absent: that of the app."`
	MaxRetries *int        `json:"maxRetries,omitempty" minimum:"0" maximum:"5" doc:"How often a failed delivery is repeated, every 30 seconds, where the app has no retry; absent: never. With retry, 0 says that what fails of this kind is dropped."`
	Headers    []AppHeader `json:"headers,omitempty" maxItems:"20" doc:"Added to every delivery. They are shown to whoever may see the app."`
}

// AppHeader is a header of an HTTP request.
type AppHeader struct {
	Name  string `json:"name" minLength:"1" maxLength:"100" example:"X-Region"`
	Value string `json:"value" minLength:"1" maxLength:"1000" example:"eu"`
}

// AppEngagement is the engagement section of a manifest.
type AppEngagement struct {
	DesignEngagement  bool     `json:"designEngagement,omitempty"`
	DesignWindow      bool     `json:"designWindow,omitempty"`
	LanguageSelection bool     `json:"languageSelection,omitempty"`
	EntryPoint        []string `json:"entryPoint" doc:"section, url." example:"[\"section\"]"`
	VisitorBehavior   []string `json:"visitorBehavior,omitempty" example:"[\"visited_location\"]"`
	TargetAudience    []string `json:"targetAudience,omitempty" example:"[\"geo_location\"]"`
	Goal              []string `json:"goal,omitempty" example:"[\"url\"]"`
	ConsumerIdentity  []string `json:"consumerIdentity" doc:"auth, unauth." example:"[\"auth\"]"`
}

// AppCallback takes what agents do.
type AppCallback struct {
	URL    string  `json:"url" format:"uri" maxLength:"2000" doc:"It is sent a POST with a JSON body for each event, in order; redirects are not followed." example:"https://channel.example.com/transporter"`
	Secret *Secret `json:"secret,omitempty" doc:"Signs X-Transporter-Signature: t={unix seconds},v1={hex HMAC-SHA256 of \"{t}.{body}\"}. Absent: the one that is stored for this address. Never returned."`
}

// AppView is an app as it is shown.
type AppView struct {
	MetaView
	Source       string         `json:"source"`
	Name         string         `json:"name" example:"WhatsApp"`
	ClientID     string         `json:"clientId" doc:"The platform's id of the installation." example:"c5ab28f6-9b10-4d9b-8a07-8e5e2fd2c1f1"`
	ClientSecret string         `json:"clientSecret" enum:"set,missing" doc:"Whether there is one; it is never shown."`
	Enabled      bool           `json:"enabled"`
	WebhookURL   string         `json:"webhookUrl" doc:"Where this api takes the app's webhooks; a path where the api does not know its public address (--public-url). A proxy that ends TLS leads there."`
	Webhooks     AppWebhooks    `json:"webhooks" doc:"What is posted where."`
	Retry        task.Duration  `json:"retry,omitempty"`
	Engagement   *AppEngagement `json:"engagement,omitempty"`
	Callback     *AppCallback   `json:"callback,omitempty" doc:"Without its secret."`
}

func viewApp(_ *Server, x account.App) AppView {
	v := AppView{
		MetaView: viewMeta(x.Meta), Source: x.Source, Name: x.Name, ClientID: x.ClientID, ClientSecret: credentialState(x.Secret),
		Enabled: x.Enabled, Retry: x.Retry,
	}
	at := v.Webhooks.byKind()
	for kind, p := range x.Webhooks {
		hook := &AppWebhook{Endpoint: p.URL, MaxRetries: p.Retries}
		for _, h := range p.Headers {
			hook.Headers = append(hook.Headers, AppHeader(h))
		}
		if into := at[kind]; into != nil {
			*into = hook
		}
	}
	if x.Engagement != nil {
		e := AppEngagement(*x.Engagement)
		v.Engagement = &e
	}
	if x.Callback != nil {
		v.Callback = &AppCallback{URL: x.Callback.URL}
	}
	return v
}

func (w *AppWebhooks) byKind() map[conversation.Kind]**AppWebhook {
	return map[conversation.Kind]**AppWebhook{
		conversation.Content: &w.Content, conversation.Rich: &w.Rich, conversation.Status: &w.Status,
		conversation.Typing: &w.Typing, conversation.Details: &w.Details,
	}
}
