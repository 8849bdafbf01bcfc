package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"transporter/internal/account"
	connect "transporter/internal/connector/liveperson"
	"transporter/internal/destination"
	"transporter/internal/destination/cloudstore"
	"transporter/internal/destination/email"
	"transporter/internal/destination/gcs"
	httpput "transporter/internal/destination/http"
	"transporter/internal/destination/s3"
	"transporter/internal/destination/sftp"
	"transporter/internal/fault"
	"transporter/internal/feedschema"
	"transporter/internal/guard"
	"transporter/internal/journal"
	"transporter/internal/link"
	"transporter/internal/mail"
	"transporter/internal/pgp"
	"transporter/internal/report"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/source/connector"
	"transporter/internal/source/liveperson"
	"transporter/internal/store"
	"transporter/internal/task"
)

// cloudPrefix is where the cloud store lies within the store.
const cloudPrefix = "cloud"

// adapters opens what an account's records describe: it alone unseals their secrets.
type adapters struct {
	key     *seal.PrivateKey
	cloud   store.Store // where the cloud store's files lie
	quota   int64       // what an account may keep there, in bytes; 0 for all it likes
	parts   *s3.Buffers // that uploads share
	dialer  *guard.Dialer
	shared  *liveperson.Shared
	talks   connect.Shared   // tokens of apps and of consumers
	held    *journal.Journal // of the conversations that we hold
	mail    *mail.Server     // nil: none
	links   *link.Addresses  // nil: none
	schemas *feedschema.Book // what platforms say of feeds
	kept    time.Duration    // how long files stay for links
	now     func() time.Time
	doors   doors // of sources of feeds

	mu      sync.Mutex
	clients map[string]*http.Client // by extra root, so that connections are used again
}

// settleAfter is how long after its end a window of closed conversations is read: when its index is
// complete, also where the clocks of workers differ by some minutes.
const settleAfter = 5 * journal.IndexedWithin

// Source opens a platform account, or the conversations that we hold for the account.
func (a *adapters) Source(_ context.Context, accountID string, s account.Source) (source.Source, error) {
	switch s.Kind {
	case account.SourceLivePerson:
		return a.platform(accountID, s)
	case account.SourceConnector:
		return connector.New(accountID, a.held, settleAfter, a.now), nil
	}
	return nil, fault.New(fault.InvalidSpec, "source %s is of the unknown kind %q", s.ID, s.Kind)
}

func (a *adapters) platform(accountID string, s account.Source) (*liveperson.Client, error) {
	if s.Kind != account.SourceLivePerson {
		return nil, fault.New(fault.InvalidSpec, "source %s is of the kind %q, which is no platform account", s.ID, s.Kind)
	}
	clear, err := seal.Open(a.key, accountID, s.Secret)
	if err != nil {
		return nil, err
	}
	credentials, err := liveperson.ParseCredentials(clear)
	if err != nil {
		return nil, err
	}
	client, err := a.http(s.CA)
	if err != nil {
		return nil, err
	}
	c := liveperson.Config{
		PlatformAccount: s.PlatformAccount, DomainURL: s.Domain, Credentials: credentials,
		HTTP: client, Shared: a.shared, Now: a.now,
	}
	if l := s.RateLimits; l != nil {
		c.Limits.Concurrent, c.Limits.PerSecond = l.Concurrent, l.PerSecond
	}
	return liveperson.New(c)
}

func (a *adapters) http(ca string) (*http.Client, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c, ok := a.clients[ca]; ok {
		return c, nil
	}
	roots, err := guard.Roots(ca)
	if err != nil {
		return nil, err
	}
	if a.clients == nil {
		a.clients = map[string]*http.Client{}
	}
	a.clients[ca] = a.dialer.Client(roots)
	return a.clients[ca], nil
}

// Destination opens a destination.
func (a *adapters) Destination(_ context.Context, accountID string, d account.Destination) (destination.Destination, error) {
	open, ok := a.openers()[d.Kind]
	if !ok {
		return nil, fault.New(fault.InvalidSpec, "destination %s is of the unknown kind %q", d.ID, d.Kind)
	}
	secrets, err := a.secrets(accountID, d)
	if err != nil {
		return nil, err
	}
	out := destination.Outbound{Dial: a.dialer.DialContext, HTTP: a.http, Kept: a.kept, Now: a.now}
	if a.links != nil {
		out.Link = a.links.Make
	}
	return open(destination.Settings{Account: accountID, ID: d.ID, Fields: d.Config, Secrets: secrets}, out)
}

// openers has the adapter of every kind.
func (a *adapters) openers() map[string]destination.Opener {
	return map[string]destination.Opener{
		"email": email.Opener(a.mail),
		"gcs":   gcs.Open,
		"http":  httpput.Open,
		"s3":    s3.Opener(a.parts),
		"sftp":  sftp.Open,
		"store": cloudstore.Opener(a.cloud, cloudPrefix, a.quota),
	}
}

// Signer opens the key that signs the account's files.
func (a *adapters) Signer(accountID string, s account.Signer) (*pgp.Signer, error) {
	private, err := seal.Open(a.key, accountID, s.Secret)
	if err != nil {
		return nil, err
	}
	return pgp.ParseSigner(private)
}

// secrets unseals the credentials of a destination; none is fine for kinds that need none.
func (a *adapters) secrets(accountID string, d account.Destination) (map[string]destination.Secret, error) {
	if len(d.Secret.Data) == 0 {
		return nil, nil
	}
	clear, err := seal.Open(a.key, accountID, d.Secret)
	if err != nil {
		return nil, err
	}
	var values map[string]seal.Secret
	if err := json.Unmarshal(clear, &values); err != nil {
		return nil, fault.New(fault.Corrupt, "destination %s: its credentials cannot be read", d.ID).WithFix("enter them again")
	}
	secrets := make(map[string]destination.Secret, len(values))
	for name, value := range values {
		secrets[name] = value
	}
	return secrets, nil
}

// describe returns the title of a task's report and its delay.
func describe(s task.Spec) (string, time.Duration, error) {
	d, err := report.Get(s.Report, s.Version)
	if err != nil {
		return "", 0, err
	}
	return d.Title, time.Duration(d.DefaultDelay), nil
}
