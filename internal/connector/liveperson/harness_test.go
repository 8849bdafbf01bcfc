package liveperson

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/connector"
	"transporter/internal/guard"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/seal"
	"transporter/internal/source"
	platform "transporter/internal/source/liveperson"
)

const account = sandboxtest.AccountID

// app may speak for consumers.
var app = sandbox.App{ID: "connector-0001", Secret: "connector-secret-0001", Scopes: []string{"msg.consumer"}}

// clock is one that a test moves; sleeping moves it too.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.add(max(d, 0))
	return ctx.Err()
}

// cloud is a sandbox, and a client that holds conversations there.
type cloud struct {
	*sandboxtest.Running
	*clock
	*Client
	wire    *wire
	account *elsewhere
}

func startCloud(t *testing.T) *cloud {
	t.Helper()
	clk := &clock{at: sandboxtest.Now}
	r := sandboxtest.Start(t, sandbox.Config{
		RealNow: clk.now,
		Accounts: []sandbox.Account{{
			ID: account, Keys: []sandbox.Key{{Key: sandboxtest.Key}}, Users: []sandbox.User{sandboxtest.User}, Apps: []sandbox.App{app}, Conversations: 50,
		}},
	})
	roots := r.Client.Transport.(*http.Transport).TLSClientConfig.RootCAs
	guarded := guard.New(guard.Config{Allow: []string{"127.0.0.1:*"}}).Client(roots)
	at, err := platform.New(platform.Config{
		PlatformAccount: account, DomainURL: r.DomainURL, HTTP: guarded, Now: clk.now, Sleep: clk.sleep,
		Credentials: platform.Credentials{Login: &platform.Login{
			Username: seal.Secret(sandboxtest.User.Name), Password: seal.Secret(sandboxtest.User.Password),
		}},
	})
	require.NoError(t, err)
	c := &cloud{Running: r, clock: clk, account: &elsewhere{Caller: at}}
	c.wire = &wire{under: guarded.Transport}
	c.Client, err = New(Config{
		PlatformAccount: account, ClientID: app.ID, Secret: seal.Secret(app.Secret), Account: c.account,
		HTTP: &http.Client{Transport: c.wire}, Now: clk.now, Sleep: clk.sleep,
	})
	require.NoError(t, err)
	return c
}

// open opens a conversation of the consumer.
func (c *cloud) open(t *testing.T, who connector.Consumer) connector.Place {
	t.Helper()
	id, _, err := c.Open(t.Context(), who, connector.Opening{})
	require.NoError(t, err)
	return connector.Place{Conversation: id, Dialog: id}
}

// record returns the sandbox's own account of a conversation.
func (c *cloud) record(t *testing.T, id string) (r live.Record) {
	t.Helper()
	res, err := c.Running.Client.Get(c.URL + "/_admin/live/" + account + "/conversations/" + id)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NoError(t, json.NewDecoder(res.Body).Decode(&r))
	return r
}

// elsewhere sends the calls of some services to another host.
type elsewhere struct {
	source.Caller
	hosts     map[string]string
	forgotten []string
}

func (e *elsewhere) Host(ctx context.Context, service string) (string, error) {
	if host, ok := e.hosts[service]; ok {
		return host, nil
	}
	return e.Caller.Host(ctx, service)
}

func (e *elsewhere) Forget(service, host string) {
	e.forgotten = append(e.forgotten, service)
	e.Caller.Forget(service, host)
}

// sent is a request as it went out.
type sent struct {
	method, path string
	header       http.Header
	body         []byte
}

// wire writes down what the client sends.
type wire struct {
	under http.RoundTripper
	mu    sync.Mutex
	all   []sent
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	s := sent{method: r.Method, path: r.URL.Path, header: r.Header.Clone()}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		s.body = body
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	w.mu.Lock()
	w.all = append(w.all, s)
	w.mu.Unlock()
	return w.under.RoundTrip(r)
}

// to returns the requests to paths that end so.
func (w *wire) to(suffix string) (all []sent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.all {
		if strings.HasSuffix(s.path, suffix) {
			all = append(all, s)
		}
	}
	return all
}

// said is a text as an event.
func said(text string) json.RawMessage {
	return encode(map[string]string{"type": "ContentEvent", "contentType": "text/plain", "message": text})
}

func consumer1() connector.Consumer {
	return connector.Consumer{ID: "channel-1", Features: []string{"RICH_CONTENT"}}
}
