package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// inbox is where the app's webhooks arrive, checked as the platform's pages say.
type inbox struct {
	*httptest.Server
	t   *testing.T
	mu  sync.Mutex
	app object // whose secret signs
	got []object
}

// of says whose webhooks arrive.
func (i *inbox) of(app object) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.app = app
}

func startInbox(t *testing.T) *inbox {
	i := &inbox{t: t}
	i.Server = httptest.NewTLSServer(http.HandlerFunc(i.take))
	t.Cleanup(i.Close)
	return i
}

func (i *inbox) take(_ http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	b, err := io.ReadAll(r.Body)
	mac := hmac.New(sha1.New, []byte(i.app["client_secret"].(string)))
	mac.Write(b)
	var body object
	switch {
	case err != nil || json.Unmarshal(b, &body) != nil || body["kind"] != "notification":
		i.t.Errorf("no notification: %s", b)
	case r.Header.Get("x-liveperson-signature") != "sha1="+base64.StdEncoding.EncodeToString(mac.Sum(nil)):
		i.t.Errorf("the signature does not match: %s", b)
	case r.Header.Get("x-liveperson-account-id") != demoAccount || r.Header.Get("x-liveperson-client-id") != i.app["client_id"]:
		i.t.Errorf("not for this app: %v", r.Header)
	case r.URL.Path != "/notifications/event" || r.Header.Get("Content-Type") != "application/json":
		i.t.Errorf("not as the demo app reads it: %s %v", r.URL, r.Header)
	}
	i.got = append(i.got, body)
}

// changes are those that arrived, once there are so many.
func (i *inbox) changes(n int) []object {
	i.t.Helper()
	list := []object{}
	require.Eventually(i.t, func() bool {
		i.mu.Lock()
		defer i.mu.Unlock()
		list = list[:0]
		for _, b := range i.got {
			for _, c := range b["body"].(object)["changes"].([]any) {
				list = append(list, c.(object))
			}
		}
		return len(list) >= n
	}, 2*time.Minute, 5*time.Millisecond, "%d changes must arrive", n)
	return list
}
