// Package liveperson holds conversations at LivePerson's Conversational Cloud through the Connector
// API: requests on behalf of consumers (Send API, version 3), files, what the platform remembers
// (Messaging Interactions API), and the apps that are installed at an account.
package liveperson

import (
	"context"
	"net/http"
	"time"

	"transporter/internal/connector"
	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/source"
)

// Config of a Client.
type Config struct {
	PlatformAccount string
	ClientID        string // of the app
	Secret          seal.Secret
	Account         source.Caller // the platform account: where its services are, and its history
	HTTP            *http.Client  // guarded: see internal/guard; one a process, so that connections are used again
	Shared          *Shared       // one a process; nil: this client's own

	Now   func() time.Time                           // default time.Now
	Sleep func(context.Context, time.Duration) error // default: a timer
}

// Client holds conversations through one app. It implements connector.Platform.
type Client struct {
	config Config
	http   *http.Client
	shared *Shared
}

var _ connector.Platform = (*Client)(nil)

// New returns a client; it calls nobody. A value that cannot work is fault.InvalidSpec.
func New(c Config) (*Client, error) {
	switch {
	case c.Account == nil || c.HTTP == nil:
		return nil, fault.New(fault.InvalidSpec, "liveperson: no account or no HTTP client given")
	case c.ClientID == "" || c.Secret.Reveal() == "":
		return nil, fault.New(fault.InvalidSpec, "the app has no client id or no secret").WithField("app").
			WithFix("install it again, or read it from the platform again")
	}
	if c.Shared == nil {
		c.Shared = &Shared{}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = sleepTimer
	}
	followNone := *c.HTTP
	followNone.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{config: c, http: &followNone, shared: c.Shared}, nil // a redirected request would carry tokens elsewhere
}

// String names the app, so that a printed client shows no secret.
func (c *Client) String() string {
	return "app " + c.config.ClientID + " of LivePerson account " + c.config.PlatformAccount
}

// GoString returns the same.
func (c *Client) GoString() string { return c.String() }

func sleepTimer(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
