package manifest_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/connector/manifest"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/task"
)

const endpoint = "https://your/webhooks/endpoint"

// published is the engagement section of the platform's own example.
func published() *account.Engagement {
	return &account.Engagement{
		EntryPoint:      []string{"section"},
		VisitorBehavior: []string{"visited_location", "time_on_location", "flow", "engaged_in_session", "about_to_abandon", "cart_value", "cart_items", "visitor_error", "viewed_products", "service_activity"},
		TargetAudience: []string{
			"external_referral", "search_keywords", "ip", "platform", "geo_location", "returning_visitors", "marketing_source", "customer_type", "age",
			"balance", "customer_id", "gender", "store_zip_code", "store_number", "company_size", "registration_date",
		},
		Goal:             []string{"url", "purchase_total", "num_of_pages", "lead", "service_activity"},
		ConsumerIdentity: []string{"auth"},
	}
}

func app() account.App {
	times := func(n int) *int { return &n }
	return account.App{
		Meta: account.Meta{ID: "01JD40K7M5Q3ZB1A9C8E7G6J4K", Description: "App description"}, Name: "App name", Enabled: true, Engagement: published(),
		Webhooks: map[conversation.Kind]account.WebhookPlace{
			conversation.Content: {URL: endpoint, Retries: times(3)}, conversation.Rich: {URL: endpoint, Retries: times(5)},
			conversation.Status: {URL: endpoint, Retries: times(1)}, conversation.Typing: {URL: endpoint}, conversation.Details: {URL: endpoint},
		},
	}
}

func decoded(t *testing.T, raw json.RawMessage) (m map[string]any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(raw, &m))
	return m
}

// What we write is the published manifest of a connector, but for what is ours: the mark and
// whether it is enabled.
func TestThePublishedManifest(t *testing.T) {
	folder := "../../../../shared/samples/liveperson/connector"
	raw, err := os.ReadFile(filepath.Join(folder, "manifest_connector.json"))
	if err != nil {
		t.Skip("no published samples here")
	}
	want := decoded(t, raw)
	want["description"], want["enabled"], want["logo_uri"] = "App description (transporter app 01JD40K7M5Q3ZB1A9C8E7G6J4K)", true, ""
	require.NoError(t, manifest.Check(app()))
	got, err := manifest.Of(nil, app())
	require.NoError(t, err)
	require.Equal(t, want, decoded(t, got))
}

func TestRetryAndHeaders(t *testing.T) {
	a := app()
	a.Retry, a.Engagement = task.Duration(24*time.Hour), nil
	a.Webhooks = map[conversation.Kind]account.WebhookPlace{
		conversation.Content: {URL: endpoint + "?region=eu", Headers: []account.Header{{Name: "X-Region", Value: "eu"}}},
	}
	require.NoError(t, manifest.Check(a))
	got, err := manifest.Of(nil, a)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"webhooks": map[string]any{
		"ms.MessagingEventNotification.ContentEvent": map[string]any{
			"endpoint": endpoint + "?region=eu", "headers": []any{map[string]any{"header_name": "X-Region", "header_value": "eu"}},
		},
		"retry": map[string]any{"retention_time": 86400.0},
	}}, decoded(t, got)["capabilities"])
}

// An installation that is changed keeps what the account says nothing of.
func TestOfKeepsWhatIsOthers(t *testing.T) {
	existing := json.RawMessage(`{"client_id":"c","client_id_issued_at":1579856355,"client_name":"Old","scope":"other","grant_types":["authorization_code"],
		"redirect_uris":["https://r"],"logo_uri":"/l.png","big":12345678901234567890,
		"capabilities":{"broadcast":{"enabled":false},"engagement":{"goal":["url"]},"webhooks":{"ms.MessagingEventNotification.ChatStateEvent":{"endpoint":"https://old"}}}}`)
	a := app()
	a.Engagement, a.Enabled = nil, false
	got, err := manifest.Of(existing, a)
	require.NoError(t, err)
	require.Contains(t, string(got), "12345678901234567890")
	m := decoded(t, got)
	require.Equal(t, "App name", m["client_name"])
	require.Equal(t, "/l.png", m["logo_uri"])
	require.Equal(t, "other msg.consumer", m["scope"])
	require.Equal(t, []any{"authorization_code", "client_credentials"}, m["grant_types"])
	require.Equal(t, false, m["enabled"])
	require.Equal(t, []any{"https://r"}, m["redirect_uris"])
	capabilities := m["capabilities"].(map[string]any)
	require.Equal(t, map[string]any{"enabled": false}, capabilities["broadcast"])
	require.Equal(t, map[string]any{"goal": []any{"url"}}, capabilities["engagement"])
	require.Equal(t, endpoint, capabilities["webhooks"].(map[string]any)["ms.MessagingEventNotification.ChatStateEvent"].(map[string]any)["endpoint"])

	again, err := manifest.Of(got, a)
	require.NoError(t, err)
	require.True(t, manifest.Same(got, again), "a second time changes nothing")
	require.False(t, manifest.Same(existing, got))
}

func TestMine(t *testing.T) {
	got, err := manifest.Of(nil, app())
	require.NoError(t, err)
	require.True(t, manifest.Mine(got, app().ID))
	require.False(t, manifest.Mine(got, "01JD40K7M5Q3ZB1A9C8E7G6J4L"))
	require.False(t, manifest.Mine(json.RawMessage(`{"description":"App description"}`), app().ID))
	require.False(t, manifest.Mine(json.RawMessage(`[]`), app().ID))
	a := app()
	a.Description = strings.Repeat("d", 200)
	got, err = manifest.Of(nil, a)
	require.NoError(t, err)
	require.LessOrEqual(t, len(decoded(t, got)["description"].(string)), 256, "the platform's limit")
}

func TestEveryLimitNamesItsField(t *testing.T) {
	place := func(p account.WebhookPlace) func(*account.App) {
		return func(a *account.App) {
			a.Webhooks = map[conversation.Kind]account.WebhookPlace{conversation.Content: p}
		}
	}
	header := func(h account.Header) func(*account.App) {
		return place(account.WebhookPlace{URL: endpoint, Headers: []account.Header{h}})
	}
	six, minus := 6, -1
	for name, c := range map[string]struct {
		change func(*account.App)
		field  string
	}{
		"no name":            {func(a *account.App) { a.Name = " " }, "name"},
		"a long name":        {func(a *account.App) { a.Name = strings.Repeat("ñ", 129) }, "name"},
		"http":               {place(account.WebhookPlace{URL: "http://your/webhooks"}), "webhooks.content.endpoint"},
		"no host":            {place(account.WebhookPlace{URL: "https:///webhooks"}), "webhooks.content.endpoint"},
		"a password":         {place(account.WebhookPlace{URL: "https://u:p@your/webhooks"}), "webhooks.content.endpoint"},
		"upper case":         {place(account.WebhookPlace{URL: "HTTPS://your/webhooks"}), "webhooks.content.endpoint"},
		"no endpoint":        {place(account.WebhookPlace{}), "webhooks.content.endpoint"},
		"six retries":        {place(account.WebhookPlace{URL: endpoint, Retries: &six}), "webhooks.content.maxRetries"},
		"minus one retry":    {place(account.WebhookPlace{URL: endpoint, Retries: &minus}), "webhooks.content.maxRetries"},
		"a header's name":    {header(account.Header{Name: "X Region", Value: "eu"}), "webhooks.content.headers"},
		"a header's value":   {header(account.Header{Name: "X-Region", Value: "eu\r\nX-Evil: 1"}), "webhooks.content.headers"},
		"an unknown kind":    {func(a *account.App) { a.Webhooks["calls"] = account.WebhookPlace{URL: endpoint} }, "webhooks.calls"},
		"a second":           {func(a *account.App) { a.Retry = task.Duration(time.Second) }, "retry"},
		"four days":          {func(a *account.App) { a.Retry = task.Duration(96 * time.Hour) }, "retry"},
		"no entry point":     {func(a *account.App) { a.Engagement.EntryPoint = nil }, "engagement.entryPoint"},
		"an unknown one":     {func(a *account.App) { a.Engagement.EntryPoint = []string{"door"} }, "engagement.entryPoint"},
		"no identity":        {func(a *account.App) { a.Engagement.ConsumerIdentity = nil }, "engagement.consumerIdentity"},
		"the same twice":     {func(a *account.App) { a.Engagement.Goal = []string{"url", "url"} }, "engagement.goal"},
		"too many behaviors": {func(a *account.App) { a.Engagement.VisitorBehavior = strings.Split("abcdefghijk", "") }, "engagement.visitorBehavior"},
		"too many audiences": {func(a *account.App) { a.Engagement.TargetAudience = strings.Split("abcdefghijklmnopqrstu", "") }, "engagement.targetAudience"},
	} {
		t.Run(name, func(t *testing.T) {
			a := app()
			c.change(&a)
			err := manifest.Check(a)
			var f *fault.Error
			require.True(t, errors.As(err, &f), "%v", err)
			require.Equal(t, fault.InvalidSpec, f.Kind)
			require.Equal(t, c.field, f.Field)
		})
	}
	a := app()
	a.Name, a.Retry = "", task.Duration(time.Second)
	require.ErrorContains(t, manifest.Check(a), "retry: ", "all of them are told")
	require.ErrorContains(t, manifest.Check(a), "name: ")
}
