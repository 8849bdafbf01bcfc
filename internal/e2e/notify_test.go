package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/alert"
	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/notify"
	"transporter/internal/signature"
)

// receiver of webhooks: it checks every signature and keeps the messages.
type hook struct {
	mu       sync.Mutex
	messages []notify.Message
	wrong    int
	status   int
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	var m notify.Message
	var at int64
	if err == nil {
		err = json.Unmarshal(body, &m)
	}
	sent := r.Header.Get(signature.Header)
	if text, _, ok := strings.Cut(strings.TrimPrefix(sent, "t="), ","); ok && err == nil {
		err = json.Unmarshal([]byte(text), &at)
	}
	if err != nil || signature.Sign([]byte("hook-secret"), time.Unix(at, 0), body) != sent {
		h.wrong++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if h.status != 0 {
		w.WriteHeader(h.status)
		return
	}
	h.messages = append(h.messages, m)
}

func (h *hook) kinds() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var kinds []string
	for _, m := range h.messages {
		kinds = append(kinds, m.Kind)
	}
	return kinds
}

// A window that turns red is told once, however often it is tried, and once when it is
// delivered after all; a webhook that is broken fails no run.
func TestNotifications(t *testing.T) {
	t.Parallel()
	h := &hook{}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s := start(t, options{worker: []string{"--allow", strings.TrimPrefix(server.URL, "http://")}})
	b := s.brand(t)
	secret := httpapi.SecretValue("hook-secret")
	b.call(t, http.MethodPut, "notifications", httpapi.Notifications{
		When: "failure", Webhooks: []httpapi.Webhook{{URL: server.URL, Secret: &secret}},
	}, nil)
	id := b.task(t, spec("msg.conversations", "csv"))
	w := s.before(24*time.Hour, time.Hour)

	b.replacePartner(t, func(d *httpapi.Destination) { d.Credentials = password("an-old-one") })
	red := b.run(t, id, w)
	require.Equal(t, "failed", red.Outcome)
	require.Equal(t, []string{"run-failed"}, h.kinds())
	require.Contains(t, h.messages[0].Text, "starter run resume")
	require.Equal(t, []string{"destination-failing", "run-failed"}, b.alerts(t))
	again := b.resume(t, red.ID)
	require.Equal(t, "failed", again.Outcome)
	require.Equal(t, []string{"run-failed"}, h.kinds(), "one message an incident")

	b.replacePartner(t, func(*httpapi.Destination) {})
	green := b.resume(t, again.ID)
	require.Equal(t, "delivered", green.Outcome, green.Error)
	require.Equal(t, []string{"run-failed", "recovered"}, h.kinds())
	require.Empty(t, b.alerts(t))
	require.NotEqual(t, h.messages[0].ID, h.messages[1].ID)
	require.Equal(t, "delivered", b.run(t, id, s.before(48*time.Hour, time.Hour)).Outcome)
	require.Len(t, h.kinds(), 2, "green runs were not asked for")

	h.mu.Lock()
	h.status = http.StatusNotFound
	h.mu.Unlock()
	b.call(t, http.MethodPut, "notifications", httpapi.Notifications{When: "always", Webhooks: []httpapi.Webhook{{URL: server.URL}}}, nil)
	quiet, err := b.api.RunTask(t.Context(), b.account, id, new(s.before(72*time.Hour, time.Hour)), apiclient.Write{})
	require.NoError(t, err)
	require.Equal(t, "delivered", b.end(t, quiet.Run).Outcome, "a broken webhook fails no run")
	require.Zero(t, h.wrong)
}

// alerts are the kinds of what the account's people should look at.
func (b *brand) alerts(t *testing.T) []string {
	t.Helper()
	var list httpapi.List[alert.Alert]
	b.call(t, http.MethodGet, "alerts", nil, &list)
	var kinds []string
	for _, a := range list.Items {
		require.NotEmpty(t, a.Fix)
		kinds = append(kinds, a.Kind)
	}
	slices.Sort(kinds)
	return kinds
}
