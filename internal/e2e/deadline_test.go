package e2e

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/task"
)

// A window that is not there by its deadline is told while nothing works on it, and its end
// once, though it was red as well.
func TestDeadline(t *testing.T) {
	t.Parallel()
	h := &hook{}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s := start(t, options{now: thisHour(), worker: []string{"--allow", strings.TrimPrefix(server.URL, "http://")}})
	began := time.Now()
	b := s.brand(t)
	takes := time.Since(began)
	secret := httpapi.SecretValue("hook-secret")
	b.call(t, http.MethodPut, "notifications", httpapi.Notifications{
		When: "failure", Webhooks: []httpapi.Webhook{{URL: server.URL, Secret: &secret}},
	}, nil)
	b.replacePartner(t, func(d *httpapi.Destination) { d.Credentials = password("an-old-one") })
	end := soon(takes)
	from := end.Add(-24 * time.Hour) // some rows, whatever the hour
	late := spec("msg.conversations", "csv")
	late.Frequency, late.Start, late.End = task.Frequency{Kind: task.Once}, &from, &end
	late.Delay, late.Deadline = new(task.Duration), "20s"
	b.task(t, late)
	has := func(kind string) func() bool { return func() bool { return slices.Contains(h.kinds(), kind) } }
	require.Eventually(t, has("window-late"), patience, glance)
	require.Eventually(t, has("run-failed"), patience, glance)

	b.replacePartner(t, func(*httpapi.Destination) {})
	h.mu.Lock()
	red := h.messages[slices.Index([]bool{h.messages[0].Kind == "run-failed", h.messages[1].Kind == "run-failed"}, true)].Run
	h.mu.Unlock()
	require.Equal(t, "delivered", b.resume(t, red).Outcome)
	kinds := h.kinds()
	slices.Sort(kinds)
	require.Equal(t, []string{"recovered", "run-failed", "window-late"}, kinds)
	require.Zero(t, h.wrong)
}
