package sandbox

import (
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"transporter/internal/sandbox/exporter"
	"transporter/internal/sandbox/feeds"
	"transporter/internal/sandbox/installs"
	"transporter/internal/sandbox/oauth"
	"transporter/internal/sandbox/webhook"
)

// Service names of the domain API that the sandbox serves.
const (
	ServiceHistory       = "msgHist"
	ServiceConfiguration = "accountConfigReadOnly"
	ServiceAgentActivity = "agentActivityDomain"
	ServiceOperations    = "leDataReporting"
	ServiceChats         = "engHistDomain"
	ServiceWaits         = "msgEwtAPI"
	ServiceManager       = "agentManagerWorkspace"
	ServiceLogin         = "agentVep"
	ServiceSentinel      = "sentinel"
	ServiceInstallations = "accountConfigReadWrite"
	ServiceConsumers     = "idp"
	ServiceSend          = "asyncMessagingEnt"
	ServiceFiles         = "swift"
	ServiceMessagingREST = "messagingRestApiDomain" // can be looked up; nothing is served
	ServiceMTLS          = "mtlsGateway"            // likewise

	// serviceOutbound is no name of the domain API: the pages give hosts of their own.
	serviceOutbound = "outbound reporting"
)

// Services lists the service names, in the order of the all-services answer.
var Services = []string{
	ServiceHistory, ServiceConfiguration, ServiceAgentActivity,
	ServiceOperations, ServiceChats, ServiceWaits, ServiceManager, ServiceLogin, ServiceSentinel,
	ServiceInstallations, ServiceConsumers, ServiceSend, ServiceFiles, ServiceMessagingREST, ServiceMTLS,
}

// Key is an API key of an account. Services limits it; with none it may call all, and a
// call it may not make is 403.
type Key struct {
	oauth.Key
	Services []string
}

// User is a user of an account who may log in: with the password or, an API user, who has none,
// with an API key of the account. Services limits it as it does a Key.
type User struct {
	Name, Password string
	Services       []string
}

// App is an installed app, which gets tokens with its scopes.
type App struct {
	ID, Secret string
	Scopes     []string
}

// Account is one platform account.
type Account struct {
	ID            string
	Keys          []Key
	Users         []User
	Apps          []App
	Conversations int // over 13 months; 0 takes Config.Conversations
}

// Config says what a sandbox holds. The zero values of Now and RealNow are time.Now.
type Config struct {
	Seed          int64
	Conversations int  // an account's conversations over 13 months
	Even          bool // as many at every hour of the week
	Accounts      []Account
	Records       string           // folder of recorded answers, served instead of a made-up world
	Now           func() time.Time // the clock of data, lags and retention
	RealNow       func() time.Time // the clock of signatures
	Domain        string           // host:port of the TLS side for baseURI; empty: the request's host
	Concurrency   int              // requests in flight before 429; 0 means no cap
	Webhooks      webhook.Settings // how installed apps are told
	Exporter      exporter.Config  // the File Exporter API; its clocks are those above
	Feeds         *feeds.Player    // of feeds in a bucket; nil: there is none
	Reader        feeds.Credential // of the bucket, for who reads it
	WebhookRoots  []byte           // PEM of authorities that endpoints may have beside the system's
}

// DefaultConversations is an account's size when nothing is said: a hundred a day.
const DefaultConversations = 40_000

// mostConversations keeps numbers of 13 months in 32 bits with room to spare.
const mostConversations = 100_000_000

// accountID is the form the platform's pages give for account ids.
var accountID = regexp.MustCompile(`^[a-zA-Z0-9_]{1,20}$`)

func (c *Config) complete() error {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.RealNow == nil {
		c.RealNow = time.Now
	}
	if c.Conversations == 0 {
		c.Conversations = DefaultConversations
	}
	if len(c.Accounts) == 0 {
		return errors.New("accounts: at least one is needed")
	}
	c.Accounts = slices.Clone(c.Accounts)
	seen := map[string]bool{}
	for i := range c.Accounts {
		a := &c.Accounts[i]
		if !accountID.MatchString(a.ID) || seen[a.ID] {
			return fmt.Errorf("accounts: id %q must be unique, 1 to 20 letters, digits or _", a.ID)
		}
		seen[a.ID] = true
		if a.Conversations == 0 {
			a.Conversations = c.Conversations
		}
		if a.Conversations < 1 || a.Conversations > mostConversations {
			return fmt.Errorf("conversations: %d of account %s must be 1 to %d", a.Conversations, a.ID, mostConversations)
		}
		for _, k := range a.Keys {
			if k.Consumer == "" || k.ConsumerSecret == "" || k.Token == "" || k.TokenSecret == "" {
				return fmt.Errorf("accounts: every key of %s needs consumer key, its secret, token and its secret", a.ID)
			}
		}
	}
	return nil
}

// sender makes what tells the apps of the registry.
func (c *Config) sender(apps *installs.Registry) (*webhook.Sender, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if len(c.WebhookRoots) > 0 && !roots.AppendCertsFromPEM(c.WebhookRoots) {
		return nil, errors.New("webhooks: the authorities of endpoints are no PEM certificates")
	}
	s, err := webhook.New(apps, webhook.Transport(roots), c.RealNow, c.Webhooks)
	if err != nil {
		return nil, fmt.Errorf("webhooks: %w", err)
	}
	return s, nil
}
