// Package liveperson reads a platform account over LivePerson's data APIs: messaging
// conversations (Messaging Interactions API), chats (Engagement History API), agents'
// status changes (Agent Activity API) and the lists of users, skills, agent groups and
// profiles (account configuration APIs). Requests carry the credentials that their API takes
// (see admit), hosts are looked up (Domain API), and everything a client can check about completeness is checked:
// see readRange.
package liveperson

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"transporter/internal/budget"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/source"
)

// Limits bounds what is asked of the platform and held in memory. Zero values take the
// defaults.
type Limits struct {
	Concurrent   int           // requests at once per account and host, of all processes; default 4
	PerSecond    float64       // requests a second per account and host, of each process; default 50
	PageSize     int           // records a page; default and maximum 100
	SliceMatches int64         // a slice with more matches is halved; default 2000
	MaxBody      int64         // bytes of an answer that is neither a page nor streamed; default 64 MiB: no record may have more
	CallTimeout  time.Duration // of one request with its answer; default 2 minutes
	Retries      int           // of a request inside a call after a passing failure; default 3
}

func (l Limits) withDefaults() Limits {
	orDefault(&l.Concurrent, 4)
	orDefault(&l.PerSecond, 50)
	orDefault(&l.PageSize, maxPageSize)
	orDefault(&l.SliceMatches, 2000) // deep offsets are not documented as safe
	orDefault(&l.MaxBody, source.MaxRecord)
	orDefault(&l.CallTimeout, 2*time.Minute)
	orDefault(&l.Retries, 3) // the platform's own advice for 5xx
	l.PageSize = min(l.PageSize, maxPageSize)
	return l
}

// budget returns what bounds the requests.
func (l Limits) budget() budget.Limits {
	return budget.Limits{Concurrent: l.Concurrent, PerSecond: l.PerSecond}
}

func orDefault[T int | int64 | float64 | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// Config of a Client.
type Config struct {
	PlatformAccount string
	DomainURL       string // base URL of the domain API; empty: the public one
	Credentials     Credentials
	HTTP            *http.Client // guarded: see internal/guard
	Limits          Limits
	Shared          *Shared // one per process; nil: this client's own
	Caller          string  // tells the platform who asks, at most 20 characters; default transporter

	Now   func() time.Time                           // signatures and caches; default time.Now
	Sleep func(context.Context, time.Duration) error // default: a timer
	Nonce func() string                              // default: random
}

// Client reads one platform account. It implements source.Source and is safe for
// concurrent use.
type Client struct {
	config Config
	clock
	signer signer
	http   *http.Client
	shared *Shared

	turn  contract.Turn // of its requests
	waits func(int)     // is told when they wait for a slot; nil: nobody
}

var _ source.Source = (*Client)(nil)

// accountPattern is the platform's own rule for account numbers.
var accountPattern = regexp.MustCompile(`^[a-zA-Z0-9_]{1,20}$`)

const (
	defaultCaller = "transporter"
	maxCaller     = 20 // the API refuses longer ones
)

// New returns a client; it calls nobody. A value that cannot work is fault.InvalidSpec
// naming the field.
func New(c Config) (*Client, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	followNone := *c.HTTP
	followNone.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{
		config: c,
		clock:  clock{now: c.Now, sleep: c.Sleep},
		signer: newSigner(c),
		http:   &followNone, // a redirected request would carry the wrong signature
		shared: c.Shared,
	}, nil
}

// String names the account, so that a printed client shows no credentials.
func (c *Client) String() string { return "LivePerson account " + c.config.PlatformAccount }

// GoString returns the same.
func (c *Client) GoString() string { return c.String() }

// turned returns the client with requests of a query's urgency.
func (c *Client) turned(q source.Query) *Client {
	t := *c
	t.turn, t.waits = q.Turn, q.Waits
	return &t
}

// urgent returns the client with requests that come first: others wait for what they bring.
func (c *Client) urgent() *Client { return c.turned(source.Query{Turn: contract.TurnConnector}) }

// complete checks the values and fills in the defaults.
func (c *Config) complete() error {
	if !accountPattern.MatchString(c.PlatformAccount) {
		return fault.New(fault.InvalidSpec, "%.40q is no account number", c.PlatformAccount).WithField("platformAccount").
			WithFix("give 1 to 20 letters, digits or underscores, as shown in the platform's console")
	}
	if err := c.Credentials.validate(); err != nil {
		return err
	}
	if c.DomainURL == "" {
		c.DomainURL = publicDomainAPI
	}
	if u, err := url.Parse(c.DomainURL); err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" ||
		u.Scheme != "https" && u.Scheme != "http" {
		return fault.New(fault.InvalidSpec, "not a base URL").WithField("domain").
			WithFix("leave it out, or give something like https://api.example.net")
	}
	if c.Caller == "" {
		c.Caller = defaultCaller
	}
	if len(c.Caller) > maxCaller {
		return fault.New(fault.InvalidSpec, "caller %q is longer than %d characters", c.Caller, maxCaller)
	}
	if c.HTTP == nil {
		return fault.New(fault.InvalidSpec, "liveperson: no HTTP client given")
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
	if c.Nonce == nil {
		c.Nonce = randomNonce
	}
	c.Limits = c.Limits.withDefaults()
	return nil
}
