package main

import (
	"context"
	"encoding/json"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"transporter/internal/account"
	"transporter/internal/destination"
	"transporter/internal/destination/cloudstore"
	"transporter/internal/destination/sftp"
	"transporter/internal/fault"
	"transporter/internal/guard"
	"transporter/internal/report"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/source/liveperson"
	"transporter/internal/store"
	"transporter/internal/task"
)

// cloudPrefix is where the cloud store lies within the store.
const cloudPrefix = "cloud"

// adapters opens what an account's records describe: it alone unseals their secrets.
type adapters struct {
	key    *seal.PrivateKey
	cloud  store.Store // where the cloud store's files lie
	dialer *guard.Dialer
	shared *liveperson.Shared
	now    func() time.Time

	mu      sync.Mutex
	clients map[string]*http.Client // by extra root, so that connections are used again
}

// Source opens a platform account.
func (a *adapters) Source(_ context.Context, accountID string, s account.Source) (source.Source, error) {
	if s.Kind != "liveperson" {
		return nil, fault.New(fault.InvalidSpec, "source %s is of the unknown kind %q", s.ID, s.Kind)
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

// Destination opens a destination. Each has a folder of its own in the cloud store.
func (a *adapters) Destination(_ context.Context, accountID string, d account.Destination) (destination.Destination, error) {
	switch d.Kind {
	case "store":
		return cloudstore.New(a.cloud, path.Join(cloudPrefix, accountID, d.ID, d.Config["prefix"])), nil
	case "sftp":
		return a.sftp(accountID, d)
	}
	return nil, fault.New(fault.InvalidSpec, "destination %s is of the unknown kind %q", d.ID, d.Kind)
}

// loginSecret is what an SFTP destination's secret opens to.
type loginSecret struct {
	Password   seal.Secret `json:"password"`
	PrivateKey seal.Secret `json:"privateKey"`
	Passphrase seal.Secret `json:"passphrase"`
}

func (a *adapters) sftp(accountID string, d account.Destination) (destination.Destination, error) {
	clear, err := seal.Open(a.key, accountID, d.Secret)
	if err != nil {
		return nil, err
	}
	var login loginSecret
	if err := json.Unmarshal(clear, &login); err != nil {
		return nil, fault.New(fault.Corrupt, "destination %s: its credentials cannot be read", d.ID).WithFix("enter them again")
	}
	port, err := strconv.Atoi(d.Config["port"])
	if err != nil && d.Config["port"] != "" {
		return nil, fault.New(fault.InvalidSpec, "destination %s: %q is no port", d.ID, d.Config["port"])
	}
	return sftp.New(sftp.Config{
		Host: d.Config["host"], Port: port, Directory: d.Config["directory"], User: d.Config["user"],
		Password: login.Password, PrivateKey: login.PrivateKey, Passphrase: login.Passphrase,
		HostKeys: strings.Split(d.Config["hostKeys"], "\n"), Dial: a.dialer.DialContext,
	})
}

// describe returns the title of a task's report and its delay.
func describe(s task.Spec) (string, time.Duration, error) {
	d, err := report.Get(s.Report, s.Version)
	if err != nil {
		return "", 0, err
	}
	return d.Title, time.Duration(d.DefaultDelay), nil
}
