package sandbox_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/sandbox/webhook"
)

// shaky is an endpoint that refuses one post in so many, and all for a while.
type shaky struct {
	mu    sync.Mutex
	posts int
	taken map[string]int // changes, as they came
}

const (
	refusesEvery = 17
	outageFrom   = 300
	outageTo     = 306
)

func (s *shaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	var body struct {
		Body struct{ Changes []json.RawMessage }
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts++
	if err != nil || json.Unmarshal(raw, &body) != nil || s.posts%refusesEvery == 0 || s.posts >= outageFrom && s.posts < outageTo {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	for _, c := range body.Body.Changes {
		s.taken[string(c)]++
	}
}

// Everything that happens in conversations reaches the app at least once, whatever is repeated,
// out of order, refused or judged failed on the way, as the sandbox's own records say.
func TestNothingIsLostOnTheWayToAnApp(t *testing.T) {
	endpoint := &shaky{taken: map[string]int{}}
	server := httptest.NewTLSServer(endpoint)
	t.Cleanup(server.Close)
	r := sandboxtest.Start(t, sandbox.Config{
		RealNow: time.Now,
		Webhooks: webhook.Settings{
			Hosts: map[string]string{"*": server.URL}, Speed: 500,
			Faults: webhook.Faults{Seed: 1, Duplicate: 0.05, Reorder: 10, Fail: 0.05},
		},
		WebhookRoots: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
	})
	hook := `{"endpoint":"https://app.example/hook"}`
	app, err := r.Install(sandboxtest.AccountID, fmt.Appendf(nil, `{"client_name":"n","capabilities":{"webhooks":{"retry":{"retention_time":3600},%q:%s,%q:%s,%q:%s}}}`,
		live.TypeContent, hook, live.TypeAcceptStatus, hook, live.TypeConversation, hook))
	require.NoError(t, err)

	const conversations, messages = 30, 10
	var ids []string
	for i := range conversations {
		by := live.Caller{Account: sandboxtest.AccountID, App: app.ID, Consumer: fmt.Sprint("consumer-", i)}
		id, err := r.Live().Open(by, live.Opening{})
		require.NoError(t, err)
		ids = append(ids, id)
		require.NoError(t, r.Live().Act(by.Account, id, live.Act{Act: "accept"}))
		for n := range messages {
			_, err := r.Live().Publish(by, live.Publication{Dialog: id, Event: []byte(text(fmt.Sprint("from the consumer ", n)))})
			require.NoError(t, err)
			require.NoError(t, r.Live().Act(by.Account, id, live.Act{Act: "mark"}, live.Act{Act: "say", Text: fmt.Sprint("from the agent ", n)}))
		}
		require.NoError(t, r.Live().Act(by.Account, id, live.Act{Act: "close"}))
	}
	require.Eventually(t, func() bool {
		s := r.Webhooks().Status()[0]
		return s.Stored == 0 && s.UnderWay == 0
	}, 2*time.Minute, 10*time.Millisecond)

	endpoint.mu.Lock()
	defer endpoint.mu.Unlock()
	told, twice := 0, 0
	for _, id := range ids {
		record, ok := r.Live().Record(sandboxtest.AccountID, id)
		require.True(t, ok)
		told += record.Told
		for _, state := range record.States {
			require.Contains(t, endpoint.taken, string(state))
		}
		require.Len(t, record.Events, 3*messages)
	}
	for _, n := range endpoint.taken {
		if n > 1 {
			twice++
		}
	}
	require.Len(t, endpoint.taken, told, "all of them, and nothing else")
	require.Greater(t, twice, told/20, "repeats and misjudged ones")
	s := r.Webhooks().Status()[0]
	require.Equal(t, []any{webhook.Up, told, 0}, []any{s.State, s.Delivered, s.Dropped})
	require.Greater(t, endpoint.posts, outageTo)
}
