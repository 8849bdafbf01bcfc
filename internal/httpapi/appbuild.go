package httpapi

import (
	"transporter/internal/account"
	"transporter/internal/connector/manifest"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/seal"
)

func (s *Server) buildApp(snap account.Snapshot, b App, old *account.App) (account.App, error) {
	x := account.App{
		Meta: account.Meta{Description: b.Description}, Source: b.Source, Name: b.Name, Enabled: true,
		Retry: b.Retry, ClientID: b.ClientID,
	}
	if err := installable(snap, b.Source); err != nil {
		return x, err
	}
	if old != nil {
		x.ID, x.Enabled, x.Secret, x.Webhook = old.ID, old.Enabled, old.Secret, old.Webhook
		if x.ClientID == "" {
			x.ClientID = old.ClientID
		}
	}
	if b.Enabled != nil {
		x.Enabled = *b.Enabled
	}
	if b.Engagement != nil {
		e := account.Engagement(*b.Engagement)
		x.Engagement = &e
	}
	var err error
	if x.Webhooks, err = s.webhooksOf(snap.ID, b); err != nil {
		return x, err
	}
	if x.Callback, err = s.callbackOf(snap.ID, b.Callback, old); err != nil {
		return x, err
	}
	if x.Secret, err = s.adopts(snap.ID, b, old); err != nil {
		return x, err
	}
	return x, manifest.Check(x)
}

// installable refuses a source that is no platform account: nowhere could the app be installed. One
// that is not there the account refuses itself.
func installable(snap account.Snapshot, source string) error {
	src, ok := snap.Sources[source]
	if !ok || src.Kind == account.SourceLivePerson {
		return nil
	}
	return fault.New(fault.InvalidSpec, "an app is installed at a platform account, and this source is of the kind %s", src.Kind).
		WithField("source").WithFix("give a source of the kind %s, whose login may install apps", account.SourceLivePerson)
}

// webhooksOf completes what was given by the app's endpoint, and that by ours.
func (s *Server) webhooksOf(accountID string, b App) (map[conversation.Kind]account.WebhookPlace, error) {
	if b.Endpoint != "" {
		if err := manifest.CheckEndpoint("endpoint", b.Endpoint); err != nil {
			return nil, err
		}
	}
	if b.Webhooks == nil {
		b.Webhooks = &AppWebhooks{&AppWebhook{}, &AppWebhook{}, &AppWebhook{}, &AppWebhook{}, &AppWebhook{}}
	}
	all := map[conversation.Kind]account.WebhookPlace{}
	for kind, given := range b.Webhooks.byKind() {
		if *given == nil {
			continue
		}
		p := account.WebhookPlace{URL: (*given).Endpoint, Retries: (*given).MaxRetries}
		for _, h := range (*given).Headers {
			p.Headers = append(p.Headers, account.Header(h))
		}
		if p.URL == "" {
			p.URL = b.Endpoint
		}
		if p.URL == "" {
			own, err := s.ownEndpoint(accountID)
			if err != nil {
				return nil, err
			}
			p.URL = own
		}
		all[kind] = p
	}
	if len(all) == 0 {
		return nil, fault.New(fault.InvalidSpec, "an app that is posted nothing hears nothing of its conversations").WithField("webhooks").
			WithFix("name at least one kind of event, or leave webhooks out for all of them")
	}
	return all, nil
}

// callbackOf seals the callback's secret; without one that of the same address stays.
func (s *Server) callbackOf(accountID string, b *AppCallback, old *account.App) (*account.Callback, error) {
	if b == nil {
		return nil, nil
	}
	sealed, err := s.sealHook(accountID, "callback", Webhook{URL: b.URL, Secret: b.Secret})
	if err != nil {
		return nil, err
	}
	c := &account.Callback{URL: b.URL, Secret: sealed.Secret}
	if b.Secret == nil && old != nil && old.Callback != nil && old.Callback.URL == b.URL {
		c.Secret = old.Callback.Secret
	}
	if len(c.Secret.Data) == 0 {
		return nil, wrongField("callback.secret", "the callback cannot tell who posts to it")
	}
	return c, nil
}

// adopts seals the client secret of an installation that is taken over.
func (s *Server) adopts(accountID string, b App, old *account.App) (account.Sealed, error) {
	switch {
	case old != nil && b.ClientSecret != nil:
		return account.Sealed{}, wrongField("clientSecret", "the platform says the secret of an app that is installed: leave it out")
	case old != nil:
		return old.Secret, nil
	case b.ClientID == "" && b.ClientSecret == nil:
		return account.Sealed{}, nil
	case b.ClientID == "":
		return account.Sealed{}, wrongField("clientId", "an installation is taken over by its id and its secret")
	case b.ClientSecret == nil:
		return account.Sealed{}, wrongField("clientSecret", "an installation is taken over by its id and its secret")
	}
	clear, err := s.cfg.Secrets.resolve("clientSecret", *b.ClientSecret)
	if err != nil {
		return account.Sealed{}, err
	}
	return seal.Close(s.cfg.Seal, accountID, []byte(clear.Reveal()))
}

func wrongField(field, why string) error {
	return fault.New(fault.InvalidSpec, "%s", why).WithField(field)
}
