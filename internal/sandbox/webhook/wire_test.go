package webhook

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/installs"
	"transporter/internal/sandbox/live"
)

// endpoint is a real one over TLS, and a sender that posts https://app.example to it.
type endpoint struct {
	*Sender
	app    *installs.Installation
	server *httptest.Server
	got    chan *http.Request // with the body in Form["body"]
}

func startEndpoint(t *testing.T, trusted bool, patience time.Duration, answer http.HandlerFunc) *endpoint {
	t.Helper()
	e := &endpoint{got: make(chan *http.Request, 100)}
	e.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		r.Form = map[string][]string{"body": {string(b)}}
		e.got <- r
		answer(w, r)
	}))
	e.server.Config.ErrorLog = nil
	t.Cleanup(e.server.Close)
	roots := x509.NewCertPool()
	if trusted {
		roots.AddCert(e.server.Certificate())
	}
	apps := installs.NewRegistry(time.Now)
	m, err := installs.ParseManifest(fmt.Appendf(nil, `{"client_name":"n","capabilities":{"webhooks":{%q:{"endpoint":"https://app.example/hook?key=1",
		"headers":[{"header_name":"X-Mine","header_value":"ü and more"},{"header_name":"x-liveperson-account-id","header_value":"forged"}]}}}}`, live.TypeContent))
	require.NoError(t, err)
	e.app, _, err = apps.Create("a", m)
	require.NoError(t, err)
	e.Sender, err = New(apps, transport(roots, readTimeout, patience), time.Now,
		Settings{Hash: SHA256, Encoding: Hex, Hosts: map[string]string{"app.example": e.server.URL}})
	require.NoError(t, err)
	t.Cleanup(e.Close)
	return e
}

// tried tells one change and returns the attempt that it led to.
func (e *endpoint) tried(t *testing.T) Attempt {
	t.Helper()
	e.Notify(live.Notification{Account: "a", App: e.app.ID, Conversation: "c", Type: live.TypeContent, Change: json.RawMessage(`{"text":"grüß <Gott> 😀"}`)})
	var list []Attempt
	require.Eventually(t, func() bool {
		list, _ = e.Attempts("a", 0, 10)
		return len(list) > 0
	}, 2*time.Minute, 5*time.Millisecond)
	require.Len(t, list, 1)
	return list[0]
}

func TestADeliveryOnTheWire(t *testing.T) {
	e := startEndpoint(t, true, readTimeout, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	a := e.tried(t)
	r := <-e.got
	body := r.Form["body"][0]
	require.Equal(t, `{"kind":"notification","body":{"changes":[{"text":"grüß <Gott> 😀"}]},"type":"ms.MessagingEventNotification"}`, body)
	require.Equal(t, "/hook?key=1", r.RequestURI)
	require.Equal(t, []string{"POST", "application/json", "a", e.app.ID, "ü and more", Sign(e.app.Secret, []byte(body), SHA256, Hex)},
		[]string{r.Method, r.Header.Get("Content-Type"), r.Header.Get("x-liveperson-account-id"), r.Header.Get("x-liveperson-client-id"), r.Header.Get("X-Mine"), r.Header.Get("x-liveperson-signature")})
	require.GreaterOrEqual(t, r.TLS.Version, uint16(tls.VersionTLS12))
	require.Equal(t, []any{Delivered, 201, 1, body, "https://app.example/hook?key=1", e.server.URL + "/hook?key=1", ""},
		[]any{a.Outcome, a.Status, a.Try, a.Body, a.Endpoint, a.Target, a.Error})
}

func TestDeliveriesThatFailOnTheWire(t *testing.T) {
	for name, c := range map[string]struct {
		trusted bool
		answer  http.HandlerFunc
		status  int
		says    string
	}{
		"not trusted": {false, func(http.ResponseWriter, *http.Request) {}, 0, "certificate"},
		"redirect": {true, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/hook", http.StatusTemporaryRedirect)
		}, 307, "only 200 and 201"},
		"accepted":       {true, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }, 202, "only 200 and 201"},
		"no answer":      {true, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 0, "timeout"},
		"cut connection": {true, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "EOF"},
		"server error":   {true, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, 500, "answered 500"},
	} {
		t.Run(name, func(t *testing.T) {
			patience := readTimeout
			if name == "no answer" {
				patience = 300 * time.Millisecond
			}
			e := startEndpoint(t, c.trusted, patience, c.answer)
			a := e.tried(t)
			require.Equal(t, Dropped, a.Outcome)
			require.Equal(t, c.status, a.Status)
			require.Contains(t, strings.ToLower(a.Error), strings.ToLower(c.says))
		})
	}
}

func TestWhereEndpointsLead(t *testing.T) {
	s := Settings{Hosts: map[string]string{"a.example": "http://127.0.0.1:1", "b.example:8443": "https://127.0.0.1:2/"}}
	require.NoError(t, s.complete())
	for endpoint, want := range map[string]string{
		"https://a.example/x?y=1":     "http://127.0.0.1:1/x?y=1",
		"https://a.example:9/x":       "http://127.0.0.1:1/x",
		"https://b.example:8443/x%2F": "https://127.0.0.1:2/x%2F",
		"https://b.example/x":         "https://b.example/x",
	} {
		require.Equal(t, want, s.target(endpoint))
	}
	s.Hosts["*"] = "http://127.0.0.1:3"
	require.Equal(t, "http://127.0.0.1:3/x", s.target("https://b.example/x"))
}
