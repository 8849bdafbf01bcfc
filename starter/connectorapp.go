package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"transporter/internal/httpapi"
	"transporter/internal/task"
)

// appKind is a kind of events and how an app says that it is posted.
type appKind struct {
	name string
	hook **httpapi.AppWebhook
}

func appKinds(w *httpapi.AppWebhooks) []appKind {
	return []appKind{{"content", &w.Content}, {"rich", &w.Rich}, {"status", &w.Status}, {"typing", &w.Typing}, {"details", &w.Details}}
}

// appInput reads an app from flags or from a file.
type appInput struct {
	app                          *app
	set                          *pflag.FlagSet
	head                         httpapi.App
	file, credentials, retry     string
	callback, endpoint, clientID string
	events, headers              []string
	retries                      int
}

func (in *appInput) flags(c *cobra.Command) {
	in.set = c.Flags()
	in.set.StringVarP(&in.file, "file", "f", "", "the whole app as JSON, as in the API; - is standard input")
	in.set.StringVar(&in.head.Source, "source", "", "id of the source at whose platform account it is installed")
	in.set.StringVar(&in.head.Name, "name", "", "what agents see as the source of a conversation")
	in.set.StringVar(&in.head.Description, "description", "", "the name people know it by")
	in.set.StringVar(&in.endpoint, "endpoint", "", "where the platform posts events, beginning with https:// (default: the address of the api)")
	in.set.StringSliceVar(&in.events, "event", nil, "what is posted: content, rich, status, typing, details (default: all)")
	in.set.StringSliceVar(&in.headers, "header", nil, "NAME=VALUE, added to every delivery")
	in.set.IntVar(&in.retries, "max-retries", 0, "how often a failed delivery is repeated, 0 to 5, where there is no --retry")
	in.set.StringVar(&in.retry, "retry", "", "how long failed deliveries are repeated, in order, such as 1d; 0 for as often as --max-retries says")
	in.set.StringVar(&in.callback, "callback", "", "where the channel's side is told what agents do")
	in.set.StringVar(&in.clientID, "client-id", "", "of an installation to take over")
	in.set.StringVar(&in.credentials, "credentials", "", "JSON file of clientSecret and callback; - is standard input")
}

// onto returns the app of the file, or v with what flags were given for.
func (in *appInput) onto(v httpapi.App) (httpapi.App, error) {
	if in.file != "" {
		v = httpapi.App{}
		err := in.app.readJSON(in.file, &v)
		return v, err
	}
	take(in.set, "source", &v.Source, in.head.Source)
	take(in.set, "name", &v.Name, in.head.Name)
	take(in.set, "description", &v.Description, in.head.Description)
	take(in.set, "client-id", &v.ClientID, in.clientID)
	if in.set.Changed("callback") {
		v.Callback = nil
		if in.callback != "" {
			v.Callback = &httpapi.AppCallback{URL: in.callback}
		}
	}
	if in.retry != "" {
		d, err := task.ParseDuration(in.retry)
		if err != nil {
			return v, usagef("--retry: %w", err)
		}
		v.Retry = d
	}
	if err := in.webhooks(&v); err != nil {
		return v, err
	}
	return v, in.secrets(&v)
}

// webhooks changes what is posted. What was posted before keeps what no flag is given for.
func (in *appInput) webhooks(v *httpapi.App) error {
	if !slices.ContainsFunc([]string{"endpoint", "event", "header", "max-retries"}, in.set.Changed) {
		return nil
	}
	old := v.Webhooks
	if old == nil {
		old = &httpapi.AppWebhooks{Content: &httpapi.AppWebhook{}, Rich: &httpapi.AppWebhook{}, Status: &httpapi.AppWebhook{}, Typing: &httpapi.AppWebhook{}, Details: &httpapi.AppWebhook{}}
	}
	var known []string
	for _, kind := range appKinds(old) {
		known = append(known, kind.name)
		if in.set.Changed("event") {
			switch wanted := slices.Contains(in.events, kind.name); {
			case !wanted:
				*kind.hook = nil
			case *kind.hook == nil:
				*kind.hook = &httpapi.AppWebhook{}
			}
		}
		if *kind.hook == nil {
			continue
		}
		if in.set.Changed("endpoint") {
			(*kind.hook).Endpoint = "" // the app's
		}
		if in.set.Changed("max-retries") {
			(*kind.hook).MaxRetries = &in.retries
		}
		if err := in.header(*kind.hook); err != nil {
			return err
		}
	}
	for _, name := range in.events {
		if !slices.Contains(known, name) {
			return usagef("--event is %q: use %s", name, strings.Join(known, ", "))
		}
	}
	v.Endpoint, v.Webhooks = in.endpoint, old
	return nil
}

func (in *appInput) header(hook *httpapi.AppWebhook) error {
	if !in.set.Changed("header") {
		return nil
	}
	hook.Headers = nil
	for _, text := range in.headers {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return usagef("--header is %q: write NAME=VALUE", text)
		}
		hook.Headers = append(hook.Headers, httpapi.AppHeader{Name: name, Value: value})
	}
	return nil
}

// secrets reads the file of --credentials.
func (in *appInput) secrets(v *httpapi.App) error {
	if in.credentials == "" {
		return nil
	}
	var given struct {
		ClientSecret *httpapi.Secret `json:"clientSecret"`
		Callback     *httpapi.Secret `json:"callback"`
	}
	if err := in.app.readJSON(in.credentials, &given); err != nil {
		return err
	}
	v.ClientSecret = given.ClientSecret
	if given.Callback != nil {
		if v.Callback == nil {
			return usagef("--credentials has a secret of the callback: say where that is with --callback")
		}
		v.Callback.Secret = given.Callback
	}
	return nil
}
