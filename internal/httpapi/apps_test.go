package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/httpapi"
	"transporter/internal/seal"
)

// installs registers the steps about apps: a platform that takes everything.
func (s *stack) installs(r worker.Registry) {
	r.RegisterActivityWithOptions(func(_ context.Context, in contract.AppApplyIn) (contract.AppApplied, error) {
		s.offers.Store("app/"+in.App.ID, in)
		if in.Remove {
			return contract.AppApplied{}, nil
		}
		sealed, err := seal.Close(s.key.Public(), in.Account, []byte(canary+"-client"))
		return contract.AppApplied{ClientID: "client-" + in.App.ID, Secret: sealed, Webhook: sealed}, err
	}, activity.RegisterOptions{Name: contract.ActivityAppApply})
	r.RegisterActivityWithOptions(func(_ context.Context, in contract.AppLookIn) (contract.AppLookOut, error) {
		return contract.AppLookOut{ClientID: "client-" + in.App, Enabled: true, Revision: "7", Agrees: true, Manifest: json.RawMessage(`{"client_name":"Shop"}`)}, nil
	}, activity.RegisterOptions{Name: contract.ActivityAppLook})
}

func (s *stack) applied(t *testing.T, id string) contract.AppApplyIn {
	t.Helper()
	in, ok := s.offers.Load("app/" + id)
	require.True(t, ok)
	return in.(contract.AppApplyIn)
}

func testApps(t *testing.T, s *stack, f furnished) {
	body := func(changes map[string]any) string {
		b := map[string]any{"description": "Of the shop", "source": f.source, "name": "Shop", "retry": "1d", "callback": map[string]any{
			"url": "https://channel.example.com/x", "secret": canary + "-callback",
		}}
		for k, v := range changes {
			if b[k] = v; v == nil {
				delete(b, k)
			}
		}
		return jsonOf(t, b)
	}
	made := s.call(t, http.MethodPost, f.at+"/apps", body(nil), "Idempotency-Key", "app-1")
	require.Equal(t, http.StatusCreated, made.status, string(made.body))
	var v httpapi.AppView
	made.into(t, &v)
	again := s.call(t, http.MethodPost, f.at+"/apps", body(nil), "Idempotency-Key", "app-1")
	require.Equal(t, string(made.body), string(again.body))

	account := strings.TrimPrefix(f.at, "/v1/accounts/")
	require.Equal(t, public+"/v1/webhooks/liveperson/"+account+"/"+v.ID, v.WebhookURL)
	require.Equal(t, "client-"+v.ID, v.ClientID)
	require.Equal(t, "set", v.ClientSecret)
	require.True(t, v.Enabled)
	require.Equal(t, v.WebhookURL, v.Webhooks.Details.Endpoint, "the app posts to us unless it is told otherwise")
	in := s.applied(t, v.ID)
	require.Len(t, in.App.Webhooks, 5)
	require.Equal(t, v.WebhookURL, in.App.Webhooks[conversation.Typing].URL)
	secret, err := seal.Open(s.key, account, in.App.Callback.Secret)
	require.NoError(t, err)
	require.Equal(t, canary+"-callback", string(secret))

	at := f.at + "/apps/" + v.ID
	var off httpapi.AppView
	s.call(t, http.MethodPost, at+"/disable", "").into(t, &off)
	require.False(t, off.Enabled)
	require.Equal(t, 2, off.Version)
	require.False(t, s.applied(t, v.ID).App.Enabled)
	require.Equal(t, http.StatusPreconditionFailed, s.call(t, http.MethodPost, at+"/enable", "", "If-Match", `"1"`).status)
	s.call(t, http.MethodPost, at+"/enable", "", "If-Match", `"2"`).into(t, &off)
	require.True(t, off.Enabled)

	replaced := s.call(t, http.MethodPut, at, body(map[string]any{
		"endpoint": "https://proxy.example.com/notifications/event", "callback": map[string]any{"url": "https://channel.example.com/x"},
		"webhooks": map[string]any{"content": map[string]any{}, "details": map[string]any{"endpoint": "https://other.example.com/", "maxRetries": 0}},
	}), "If-Match", `"3"`)
	require.Equal(t, http.StatusOK, replaced.status, string(replaced.body))
	in = s.applied(t, v.ID)
	require.Len(t, in.App.Webhooks, 2)
	require.Equal(t, "https://proxy.example.com/notifications/event", in.App.Webhooks[conversation.Content].URL)
	require.Equal(t, 0, *in.App.Webhooks[conversation.Details].Retries)
	require.NotEmpty(t, in.App.Callback.Secret.Data, "the callback's secret stays with its address")

	var there httpapi.Installation
	s.call(t, http.MethodGet, at+"/installation", "").into(t, &there)
	require.True(t, there.Agrees)
	require.Equal(t, map[string]any{"client_name": "Shop"}, there.Manifest)

	require.Equal(t, http.StatusConflict, s.call(t, http.MethodDelete, f.at+"/sources/"+f.source, "").status)
	require.Equal(t, http.StatusConflict, s.call(t, http.MethodDelete, f.at, "").status, "an account with apps is not closed")
	testAppRefusals(t, s, f.at+"/apps", body)
	require.Equal(t, http.StatusNoContent, s.call(t, http.MethodDelete, at+"?keep=true", "").status)
	require.True(t, s.applied(t, v.ID).Keep)
	require.Equal(t, http.StatusNotFound, s.call(t, http.MethodGet, at, "").status)
	require.Equal(t, http.StatusNotFound, s.call(t, http.MethodPost, at+"/enable", "").status)
}

// Every refusal names the field that is wrong.
func testAppRefusals(t *testing.T, s *stack, path string, body func(map[string]any) string) {
	for field, changes := range map[string]map[string]any{
		"body.endpoint":                  {"name": "n", "endpoint": "http://plain.example.com"},
		"body.webhooks.content.endpoint": {"name": "n", "webhooks": map[string]any{"content": map[string]any{"endpoint": "ftp://x"}}},
		"body.webhooks.rich.headers":     {"name": "n", "webhooks": map[string]any{"rich": map[string]any{"headers": []any{map[string]any{"name": "a b", "value": "c"}}}}},
		"body.webhooks":                  {"name": "n", "webhooks": map[string]any{}},
		"body.retry":                     {"name": "n", "retry": "4d"},
		"body.source":                    {"name": "n", "source": "nowhere"},
		"body.name":                      {"name": "shop"},
		"body.clientSecret":              {"name": "n", "clientId": "c"},
		"body.clientId":                  {"name": "n", "clientSecret": canary + "-x"},
		"body.callback.secret":           {"name": "n", "callback": map[string]any{"url": "https://new.example.com"}},
		"body.callback.url":              {"name": "n", "callback": map[string]any{"url": "https://u:p@x", "secret": "s"}},
		"body.engagement.entryPoint":     {"name": "n", "engagement": map[string]any{"entryPoint": []any{"door"}, "consumerIdentity": []any{"auth"}}},
		"body.description":               {"description": nil},
	} {
		a := s.call(t, http.MethodPost, path, body(changes))
		require.GreaterOrEqual(t, a.status, 400, field)
		p := a.problem(t)
		require.NotEmpty(t, p.Errors, "%s: %s", field, p.Detail)
		require.Equal(t, field, p.Errors[0].Location, p.Detail)
	}
}
