package webhook_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/installs"
	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/webhook"
)

// BenchmarkDeliveries tells of 500 conversations in turn, to an endpoint on the same machine.
func BenchmarkDeliveries(b *testing.B) {
	for _, together := range []int{1, 10} {
		b.Run(fmt.Sprint(together, " together"), func(b *testing.B) {
			var posts atomic.Int64
			endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				posts.Add(1)
			}))
			defer endpoint.Close()
			apps := installs.NewRegistry(time.Now)
			m, err := installs.ParseManifest([]byte(webhooks("", both, retention)))
			require.NoError(b, err)
			app, _, err := apps.Create(account, m)
			require.NoError(b, err)
			s, err := webhook.New(apps, webhook.Transport(nil), time.Now, webhook.Settings{Changes: together, Hosts: map[string]string{"*": endpoint.URL}})
			require.NoError(b, err)
			defer s.Close()
			change := fmt.Appendf(nil, `{"n":1,"text":"%0600d"}`, 0)
			b.ResetTimer()
			for i := range b.N {
				s.Notify(live.Notification{Account: account, App: app.ID, Conversation: fmt.Sprint(i % 500), Type: live.TypeContent, Change: change})
			}
			require.Eventually(b, func() bool { return s.Status()[0].Delivered == b.N }, time.Minute, time.Millisecond)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
			b.ReportMetric(float64(posts.Load())/b.Elapsed().Seconds(), "posts/s")
		})
	}
}
