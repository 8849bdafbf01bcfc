package e2e

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"transporter/internal/apiclient"
	"transporter/internal/appbook"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/keys"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/webhook"
)

// An app is installed from the command line; what the platform then signs is taken, also when
// no worker runs, and given back when the Temporal server does not answer.
func TestAppTakesWebhooks(t *testing.T) {
	s := start(t, options{})
	b := s.brand(t)
	source := b.sourceBody(t)
	source.Credentials = &httpapi.SourceCredentials{
		Login: &httpapi.SourceLogin{Username: httpapi.SecretValue("reporter"), Password: httpapi.SecretValue("login-password-0001")},
	}
	made, err := b.api.Sources(b.account).Create(t.Context(), source, apiclient.Write{})
	require.NoError(t, err)

	var app httpapi.AppView
	out := b.starter(t, "connector", "app", "create", "--source", made.ID, "--name", "Shop", "--description", "Of the shop",
		"--endpoint", "https://hooks.example.com/notifications/event", "--retry", "1d", "-o", "json")
	require.NoError(t, json.Unmarshal([]byte(out), &app), out)
	require.Contains(t, b.starter(t, "connector", "app", "installation", app.ID), "as the app says:  yes")
	require.Contains(t, b.starter(t, "connector", "app", "disable", app.ID), "disabled")
	require.Contains(t, b.starter(t, "connector", "app", "enable", app.ID), "enabled")
	require.Contains(t, b.starter(t, "connector", "app", "list"), app.ClientID)

	at, err := url.Parse(app.WebhookURL) // below the stack's public address, where nobody listens
	require.NoError(t, err)
	secret := s.clientSecret(t, app.ID)
	p := poster{url: s.APIURL(), account: platform, client: app.ClientID, secret: secret}
	c := s.client(t)
	require.Equal(t, http.StatusOK, p.post(t, at.Path, "c-1", 0))
	require.Equal(t, http.StatusOK, p.post(t, "/notifications/event", "c-1", 1))
	require.Equal(t, http.StatusForbidden, poster{url: p.url, account: platform, client: app.ClientID, secret: "guess"}.post(t, at.Path, "c-1", 2))

	require.NoError(t, s.Worker.Stop())
	require.Equal(t, http.StatusOK, p.post(t, at.Path, "c-2", 0), "nobody works, and it is taken")
	require.Equal(t, 1, signalled(t, c, b.account, "c-2"))
	require.Equal(t, 2, signalled(t, c, b.account, "c-1"))
	s.Temporal.Kill()
	began := time.Now()
	require.Equal(t, http.StatusServiceUnavailable, p.post(t, at.Path, "c-2", 1))
	took := time.Since(began)
	began = time.Now()
	require.Equal(t, http.StatusForbidden, poster{url: p.url, account: platform, client: app.ClientID, secret: "guess"}.post(t, at.Path, "c-1", 2))
	require.Less(t, took-time.Since(began), 2500*time.Millisecond, "slower endpoints are disabled; any answer takes a while here")
	logs, err := filepath.Glob(filepath.Join(s.Logs(), "*"))
	require.NoError(t, err)
	for _, log := range logs {
		text, err := os.ReadFile(log)
		require.NoError(t, err)
		require.NotContains(t, string(text), secret, log)
	}
}

// clientSecret reads the app's secret as the api does.
func (s *stack) clientSecret(t *testing.T, app string) string {
	t.Helper()
	ring, err := keys.Records(s.Keys())
	require.NoError(t, err)
	key, err := keys.Webhook(s.Keys())
	require.NoError(t, err)
	st, err := store.Open(t.Context(), s.Store())
	require.NoError(t, err)
	all, err := appbook.New(st, seal.NewBox(ring)).All(t.Context())
	require.NoError(t, err)
	for _, e := range all {
		if e.App == app {
			secret, err := seal.Open(key, e.Account, e.Secret)
			require.NoError(t, err)
			return string(secret)
		}
	}
	t.Fatalf("app %s is not in the book", app)
	return ""
}

// poster posts as the platform does.
type poster struct{ url, account, client, secret string }

func (p poster) post(t *testing.T, path, conversation string, sequence int) int {
	t.Helper()
	body := fmt.Appendf(nil, `{"kind":"notification","type":"ms.MessagingEventNotification","body":{"changes":[{"sequence":%d,"originatorId":"a.1",`+
		`"originatorMetadata":{"id":"a.1","role":"ASSIGNED_AGENT"},"serverTimestamp":1700000000000,"event":{"type":"ContentEvent","message":"hello","contentType":"text/plain"},`+
		`"conversationId":%q,"dialogId":%q}]}}`, sequence, conversation, conversation)
	mac := hmac.New(sha256.New, []byte(p.secret))
	_, _ = mac.Write(body)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+path, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(webhook.HeaderAccount, p.account)
	req.Header.Set(webhook.HeaderClient, p.client)
	req.Header.Set(webhook.HeaderSignature, "sha256="+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	return res.StatusCode
}

// signalled counts the signals with events that the conversation's newest execution has.
func signalled(t *testing.T, c client.Client, account, conversation string) (n int) {
	t.Helper()
	history := c.GetWorkflowHistory(context.Background(), contract.ConversationID(account, conversation), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		e, err := history.Next()
		require.NoError(t, err)
		if e.GetWorkflowExecutionSignaledEventAttributes().GetSignalName() == contract.SignalEvents {
			n++
		}
	}
	return n
}
