package sandbox_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/sandbox/webhook"
)

// hookManifest has one endpoint for contents.
func hookManifest(name, endpoint string) string {
	return fmt.Sprintf(`{"client_name":%q,"scope":"msg.consumer","capabilities":{"webhooks":{%q:{"endpoint":%q,"max_retries":1}}}}`, name, live.TypeContent, endpoint)
}

type deliveries struct {
	Attempts []webhook.Attempt
	Next     uint64
}

// The program tells installed apps over TLS with authorities that it was given, where the host map
// leads; how it does can be changed, and what came of it be listed.
func TestWebhooksOfTheSandbox(t *testing.T) {
	status, bodies := http.StatusOK, make(chan string, 10)
	endpoint := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.WriteHeader(status)
		bodies <- r.Header.Get(webhook.SignatureHeader) + " " + string(b)
	}))
	t.Cleanup(endpoint.Close)
	c := startCaller(t, sandbox.Config{
		Webhooks:     webhook.Settings{Hosts: map[string]string{"example.com": endpoint.URL}, Speed: 1000},
		WebhookRoots: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: endpoint.Certificate().Raw}),
	})
	made := c.install(hookManifest("n", "https://example.com/hook"))
	tell := func(change string) string {
		c.r.Webhooks().Notify(live.Notification{Account: sandboxtest.AccountID, App: made.ID, Conversation: "c", Type: live.TypeContent, Change: []byte(change)})
		body := fmt.Sprintf(`{"kind":"notification","body":{"changes":[%s]},"type":"ms.MessagingEventNotification"}`, change)
		return webhook.Sign(made.Secret, []byte(body), webhook.SHA1, webhook.Base64) + " " + body
	}
	require.Equal(t, tell(`{"n":1}`), <-bodies)
	status = http.StatusBadGateway
	require.Equal(t, tell(`{"n":2}`), <-bodies)
	<-bodies // the one retry, after 30 ms

	var all deliveries
	require.Eventually(t, func() bool {
		all = read[deliveries](t, c.admin("deliveries?account="+sandboxtest.AccountID))
		return len(all.Attempts) == 3
	}, 2*time.Minute, 5*time.Millisecond)
	var came []string
	for _, a := range all.Attempts {
		came = append(came, fmt.Sprintf("%d %d %s %d", a.Delivery, a.Try, a.Outcome, a.Status))
		require.Equal(t, endpoint.URL+"/hook", a.Target)
	}
	require.Equal(t, []string{"1 1 delivered 200", "2 1 failed 502", "2 2 dropped 502"}, came)
	require.Empty(t, read[deliveries](t, c.admin(fmt.Sprint("deliveries?since=", all.Next))).Attempts)
	require.Empty(t, read[deliveries](t, c.admin("deliveries?account=other")).Attempts)

	patch := func(body string) answer {
		return do(t, c.r, http.MethodPatch, c.r.DomainURL+"/_admin/webhooks", body, signer{})
	}
	require.Contains(t, string(patch(`{"hash":"md5"}`).body), "hash")
	require.Equal(t, 400, patch(`{"speeed":2}`).status)
	require.Equal(t, 200, patch(`{"hash":"sha256","hosts":{"*":"`+endpoint.URL+`"},"faults":{"drop":0.5,"seed":3}}`).status)
	require.Equal(t, 200, patch(`{"faults":{"drop":1}}`).status)
	tell(`{"n":3}`)
	shown := read[struct {
		Settings webhook.Settings
		Apps     []webhook.Status
	}](t, c.admin("webhooks"))
	require.Equal(t, "sha256", shown.Settings.Hash)
	require.Equal(t, webhook.Faults{Drop: 1, Seed: 3}, shown.Settings.Faults)
	require.Equal(t, map[string]string{"*": endpoint.URL, "example.com": endpoint.URL}, shown.Settings.Hosts)
	require.Equal(t, 1000.0, shown.Settings.Speed)
	require.Equal(t, []webhook.Status{{Account: sandboxtest.AccountID, App: made.ID, Enabled: true, State: webhook.Up, Delivered: 1, Failed: 1, Dropped: 2}}, shown.Apps)
}
