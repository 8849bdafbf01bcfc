package liveperson

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"transporter/internal/fault"
)

const (
	// publicDomainAPI answers for every account of the public platform.
	publicDomainAPI = "https://api.liveperson.net"
	// domainTTL is what the vendor's own SDK caches; hosts are not to be hard-coded.
	domainTTL = time.Minute
	// lookUpTimeout is short: the answer is small and others wait for it.
	lookUpTimeout = 15 * time.Second
	// maxDomainAnswer is far above the few hundred services of an account.
	maxDomainAnswer = 1 << 20
)

// domains caches which host serves a service of a platform account (Domain API, CSDS).
type domains struct {
	mu      sync.Mutex
	entries map[domainKey]*domainEntry
}

type domainKey struct{ api, account, service string }

type domainEntry struct {
	mu    sync.Mutex // held during look-up: callers of one key wait for one answer
	host  string
	until time.Time
}

func (d *domains) entry(k domainKey) *domainEntry {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.entries == nil {
		d.entries = map[domainKey]*domainEntry{}
	}
	e := d.entries[k]
	if e == nil {
		e = &domainEntry{}
		d.entries[k] = e
	}
	return e
}

// host returns the host of the service, from the cache for up to a minute.
func (c *Client) host(ctx context.Context, service string) (string, error) {
	e := c.shared.domains.entry(c.domainKey(service))
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.host != "" && c.now().Before(e.until) {
		return e.host, nil
	}
	host, err := c.lookUp(ctx, service)
	if err != nil {
		return "", err
	}
	e.host, e.until = host, c.now().Add(domainTTL)
	return host, nil
}

// forget drops a host that did not answer, or not as ours, so that the next call asks
// again; a newer answer of another caller stays.
func (c *Client) forget(service, host string) {
	e := c.shared.domains.entry(c.domainKey(service))
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.host == host {
		e.host = ""
	}
}

func (c *Client) domainKey(service string) domainKey {
	return domainKey{api: c.config.DomainURL, account: c.config.PlatformAccount, service: service}
}

func (c *Client) lookUp(ctx context.Context, service string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, lookUpTimeout)
	defer cancel()
	link := strings.TrimSuffix(c.config.DomainURL, "/") + "/api/account/" + c.config.PlatformAccount +
		"/service/" + service + "/baseURI.json?version=1.0"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return "", fault.New(fault.InvalidSpec, "look up %s: %w", service, err).WithField("domain")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return "", transportFault("look up the host of "+service, err)
	}
	defer func() { drain(res.Body); _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxDomainAnswer))
	if err != nil {
		return "", transportFault("look up the host of "+service, err)
	}
	switch res.StatusCode {
	case http.StatusOK:
		return c.pick(body, service)
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusNotFound:
		return "", c.unknownAccount(service)
	}
	return "", c.statusFault(api{title: "Domain API"}, pass{}, res, body)
}

// pick finds the service in either form of the answer: the object of one service, or
// the list of all.
func (c *Client) pick(body []byte, service string) (string, error) {
	type entry struct {
		Service string `json:"service"`
		BaseURI string `json:"baseURI"`
	}
	var answer struct {
		entry
		BaseURIs []entry `json:"baseURIs"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", fault.New(fault.Upstream, "look up the host of %s: answer is not JSON", service)
	}
	for _, e := range append(answer.BaseURIs, answer.entry) {
		if e.BaseURI != "" && (e.Service == service || e.Service == "") {
			return checkHost(e.BaseURI)
		}
	}
	return "", c.unknownAccount(service)
}

// checkHost accepts a bare host or host:port; the name goes into a URL that is signed. Other
// answers are refused for good, like hosts that the dialer refuses.
func checkHost(host string) (string, error) {
	u, err := url.Parse("https://" + host)
	if err != nil || u.Host != host || u.Hostname() == "" {
		return "", fault.New(fault.PermissionDenied, "look up host: the Domain API answered %.80q, which is no host name", host)
	}
	return host, nil
}

func (c *Client) unknownAccount(service string) error {
	return fault.New(fault.NotFound, "the platform knows no account %s with the service %s",
		c.config.PlatformAccount, service).WithField("platformAccount").
		WithFix("check the account number, and that the account has this product")
}
