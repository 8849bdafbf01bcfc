// Package sandboxtest starts a sandbox for a test: a TLS side, a plain side and a client
// that trusts it.
package sandboxtest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/oauth"
)

// Now is the data clock that Start uses unless the configuration has its own.
var Now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// AccountID is the account that Start adds when the configuration has none.
const AccountID = "12345678"

// Key is the key of that account; it may call everything.
var Key = oauth.Key{
	Consumer: "app-key-0001", ConsumerSecret: "app-secret-0001",
	Token: "access-token-0001", TokenSecret: "token-secret-0001",
}

// User and App are those of that account; APIUser logs in with Key.
var (
	User    = sandbox.User{Name: "reporter", Password: "login-password-0001"}
	APIUser = sandbox.User{Name: "api-reporter"}
	App     = sandbox.App{ID: "client-0001", Secret: "client-secret-0001", Scopes: []string{"users.read"}}
)

// Running is a started sandbox.
type Running struct {
	*sandbox.Server
	URL       string       // https://host:port of the TLS side
	Host      string       // host:port of the TLS side, as baseURI gives it
	DomainURL string       // http://host:port of the plain side
	Client    *http.Client // trusts the TLS side
}

// Start runs a sandbox until the test ends.
func Start(t testing.TB, c sandbox.Config) *Running {
	t.Helper()
	if len(c.Accounts) == 0 {
		c.Accounts = []sandbox.Account{{
			ID: AccountID, Keys: []sandbox.Key{{Key: Key}}, Users: []sandbox.User{User, APIUser}, Apps: []sandbox.App{App},
		}}
	}
	if c.Now == nil {
		c.Now = func() time.Time { return Now }
	}
	// The TLS side's address is known before the server that answers with it is made.
	var handler http.Handler
	tls := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(tls.Close)
	if c.Domain == "" {
		c.Domain = strings.TrimPrefix(tls.URL, "https://")
	}
	server, err := sandbox.New(c)
	if err != nil {
		t.Fatalf("start sandbox: %v", err)
	}
	t.Cleanup(server.Close)
	handler = server.Handler()
	plain := httptest.NewServer(server.DomainHandler())
	t.Cleanup(plain.Close)
	return &Running{Server: server, URL: tls.URL, Host: strings.TrimPrefix(tls.URL, "https://"), DomainURL: plain.URL, Client: tls.Client()}
}
