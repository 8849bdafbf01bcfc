// Package guard opens outbound connections. Host names come from operators, from
// platforms and from redirects, so every connection goes through one Dialer, which
// resolves the name, refuses addresses that are not the public internet, and connects
// to the very addresses it has checked: a name that resolves differently a moment
// later (DNS rebinding) changes nothing. Proxy variables are never read.
package guard

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"time"

	"transporter/internal/fault"
)

const (
	// dialTimeout bounds name look-up and all connection attempts of one dial.
	dialTimeout = 15 * time.Second
	// minAttempt is the least time that one of several addresses gets, so that a
	// dead first address leaves time for the next and a slow one is not given up early.
	minAttempt = 2 * time.Second
	keepAlive  = 30 * time.Second
)

// Resolver looks names up; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Config of a Dialer.
type Config struct {
	// Allow lists "host:port" or "host:*" that may be reached although their address
	// is loopback, private, link-local or otherwise special.
	Allow []string
	// Resolver looks names up; nil is the system's.
	Resolver Resolver
}

// Validate returns fault.InvalidSpec naming the entry of Allow that is no host:port.
func (c Config) Validate() error {
	_, err := parseAllow(c.Allow)
	return err
}

// Dialer opens guarded TCP connections. It is safe for concurrent use.
type Dialer struct {
	allow    allowList
	broken   error // Config.Validate's, returned by every dial
	resolver Resolver
	net      net.Dialer
}

// New returns a Dialer. With a Config that is not valid every dial fails with the
// error of Config.Validate.
func New(c Config) *Dialer {
	allow, err := parseAllow(c.Allow)
	d := &Dialer{allow: allow, broken: err, resolver: c.Resolver, net: net.Dialer{KeepAlive: keepAlive}}
	if d.resolver == nil {
		d.resolver = net.DefaultResolver
	}
	return d
}

// DialContext connects to "host:port" over tcp, tcp4 or tcp6, within 15 seconds. One
// address among those of the host that may not be reached makes it fault.PermissionDenied,
// which names the address and how to allow it; a host that is neither a name nor an address
// in its usual form is fault.InvalidSpec; a name that does not resolve and a connection that
// fails are fault.Upstream.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if d.broken != nil {
		return nil, d.broken
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || !strings.HasPrefix(network, "tcp") {
		return nil, notHost(address, "it is not host:port of "+network)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	addrs, err := d.resolve(ctx, network, host)
	if err != nil {
		return nil, err
	}
	for _, addr := range addrs {
		if err := d.check(host, addr, port); err != nil {
			return nil, err
		}
	}
	return d.dialAny(ctx, network, address, addrs, port)
}

func (d *Dialer) resolve(ctx context.Context, network, host string) ([]netip.Addr, error) {
	addr, name, err := parseHost(host)
	switch {
	case err != nil:
		return nil, err
	case name == "":
		return []netip.Addr{addr}, nil
	}
	addrs, err := d.resolver.LookupNetIP(ctx, "ip"+strings.TrimPrefix(network, "tcp"), name)
	if err == nil && len(addrs) == 0 {
		err = errors.New("no address")
	}
	if err != nil {
		return nil, fault.New(fault.Upstream, "resolve %s: %w", host, err).
			WithFix("check the host name and the name servers of this machine")
	}
	return addrs, nil
}

func (d *Dialer) check(host string, addr netip.Addr, port string) error {
	special := Special(addr)
	if special == "" || d.allow.has(host, addr, port) {
		return nil
	}
	return fault.New(fault.PermissionDenied, "connect to %s: %s is %s address, which is refused",
		net.JoinHostPort(host, port), addr, withArticle(special)).
		WithFix("if this is meant, start this program with --allow %s", net.JoinHostPort(canonical(host), port))
}

func withArticle(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// dialAny tries the checked addresses in the resolver's order, sharing out the time.
func (d *Dialer) dialAny(ctx context.Context, network, address string, addrs []netip.Addr, port string) (net.Conn, error) {
	var failures []error
	for i, addr := range addrs {
		conn, err := d.dialOne(ctx, network, net.JoinHostPort(addr.String(), port), len(addrs)-i)
		if err == nil {
			return conn, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, fault.New(fault.Upstream, "connect to %s: %w", address, errors.Join(failures...))
}

func (d *Dialer) dialOne(ctx context.Context, network, address string, left int) (net.Conn, error) {
	if deadline, ok := ctx.Deadline(); ok && left > 1 {
		share := max(time.Until(deadline)/time.Duration(left), minAttempt)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, share)
		defer cancel()
	}
	return d.net.DialContext(ctx, network, address)
}
