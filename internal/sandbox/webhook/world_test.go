package webhook_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/installs"
	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/webhook"
)

const account = "a"

// arrival is a delivery as an endpoint sees it.
type arrival struct {
	after        time.Duration // since the test's start
	url          string
	kind         string
	conversation string
	numbers      []int // one per change
}

// world is a sender with an app whose endpoints are functions, in virtual time.
type world struct {
	t      *testing.T
	sender *webhook.Sender
	apps   *installs.Registry
	app    string
	start  time.Time
	next   int

	mu       sync.Mutex
	arrivals []arrival
	answer   func(arrival) int // the status; 0: never answers
}

const (
	both      = "https://app.example/hook"
	elsewhere = "https://app.example/other"
)

// webhooks is a manifest with an endpoint for contents, one for conversations, and more members.
func webhooks(content, conversation, more string) string {
	return fmt.Sprintf(`{"client_name":"n","capabilities":{"webhooks":{%q:{"endpoint":%q%s},%q:{"endpoint":%q}%s}}}`,
		live.TypeContent, both, content, live.TypeConversation, conversation, more)
}

const retention = `,"retry":{"retention_time":3600}`

// inWorld runs a test of a sender to an app with that manifest in a bubble of virtual time.
func inWorld(t *testing.T, manifest string, settings webhook.Settings, test func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, apps: installs.NewRegistry(time.Now), start: time.Now(), answer: func(arrival) int { return 200 }}
		m, err := installs.ParseManifest([]byte(manifest))
		require.NoError(t, err)
		one, _, err := w.apps.Create(account, m)
		require.NoError(t, err)
		w.app = one.ID
		w.sender, err = webhook.New(w.apps, w, time.Now, settings)
		require.NoError(t, err)
		defer w.sender.Close()
		test(w)
	})
}

// RoundTrip is the network and every endpoint behind it.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var body struct {
		Type string
		Body struct {
			Changes []struct {
				N  int
				Of string
			}
		}
	}
	if err := json.Unmarshal(b, &body); err != nil {
		return nil, err
	}
	a := arrival{after: time.Since(w.start), url: r.URL.String(), kind: body.Type, conversation: body.Body.Changes[0].Of}
	for _, c := range body.Body.Changes {
		a.numbers = append(a.numbers, c.N)
	}
	w.mu.Lock()
	w.arrivals = append(w.arrivals, a)
	answer := w.answer
	w.mu.Unlock()
	status := answer(a)
	if status == 0 {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(""))}, nil
}

// tell notifies of the next change of a conversation and returns its number.
func (w *world) tell(conversation, kind string) int {
	w.next++
	w.sender.Notify(live.Notification{
		Account: account, App: w.app, Conversation: conversation, Type: kind,
		Change: fmt.Appendf(nil, `{"n":%d,"of":%q}`, w.next, conversation),
	})
	return w.next
}

// pass lets virtual time pass, and everything settle.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (w *world) answers(f func(arrival) int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = f
}

// took returns what arrived since it was last asked.
func (w *world) took() []arrival {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.arrivals
	w.arrivals = nil
	return list
}

func (w *world) status() webhook.Status {
	synctest.Wait()
	list := w.sender.Status()
	require.Len(w.t, list, 1)
	return list[0]
}

// seconds are those after the start at which deliveries arrived.
func seconds(list []arrival) []int {
	s := []int{}
	for _, a := range list {
		s = append(s, int(a.after.Round(time.Second)/time.Second))
	}
	return s
}

// numbers are those of the changes, in the order of their arrival.
func numbers(list []arrival) []int {
	n := []int{}
	for _, a := range list {
		n = append(n, a.numbers...)
	}
	return n
}

func always(status int) func(arrival) int { return func(arrival) int { return status } }

func after(wait time.Duration, status int) func(arrival) int {
	return func(arrival) int {
		time.Sleep(wait)
		return status
	}
}
