// Package sshlogin logs in to SSH servers: over the dialer it is given, to servers that are recognised
// by pinned host keys only, with a password, a private key, or both.
package sshlogin

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"transporter/internal/fault"
)

const (
	defaultPort = 22
	// defaultTimeout bounds connecting and logging in, and how long a server may be
	// silent: sshd itself gives a login two minutes, a healthy one needs a second.
	defaultTimeout = 30 * time.Second
)

// clientVersion is what the server logs about us (RFC 4253, section 4.2).
const clientVersion = "SSH-2.0-transporter"

// Secret is a credential that prints as nothing.
type Secret interface{ Reveal() string }

// Config says whom to log in to, and as whom.
type Config struct {
	Host string // name or address
	Port int    // zero: 22
	User string

	Password   Secret // nil: none
	PrivateKey Secret // PEM or OpenSSH; RSA, Ed25519 or ECDSA; nil: none
	Passphrase Secret // of the private key; nil: none

	// HostKeys pin the server: lines of a known_hosts file or of "HOST_KEY.pub", or
	// fingerprints ("SHA256:…"). A server whose key is not among them is refused before
	// anything secret is sent.
	HostKeys []string

	// Dial opens the connection; the guarded dialer in production.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout bounds login and silence; zero: 30 s.
	Timeout time.Duration
}

// Login is one user of one server. It is safe for concurrent use.
type Login struct {
	config Config
	pins   pins
	auth   []ssh.AuthMethod
}

// New checks the configuration without connecting; what is wrong is fault.InvalidSpec
// that names the field.
func New(c Config) (*Login, error) {
	if c.Port == 0 {
		c.Port = defaultPort
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	switch {
	case c.Host == "" || strings.ContainsAny(c.Host, "/@ "):
		return nil, badField("host", "is not a host name or address")
	case c.Port < 1 || c.Port > 65535:
		return nil, badField("port", "is not between 1 and 65535")
	case c.User == "":
		return nil, badField("user", "is empty")
	case c.Dial == nil:
		return nil, badField("dial", "is not set")
	}
	pins, err := parsePins(c.HostKeys)
	if err != nil {
		return nil, err
	}
	auth, err := c.authMethods()
	if err != nil {
		return nil, err
	}
	return &Login{config: c, pins: pins, auth: auth}, nil
}

// Address returns "host:port".
func (l *Login) Address() string {
	return net.JoinHostPort(l.config.Host, strconv.Itoa(l.config.Port))
}

func badField(field, problem string) *fault.Error {
	return fault.New(fault.InvalidSpec, "%s", problem).WithField(field)
}

// Connect opens an authenticated connection, asking for one type of host key after the other
// until the pinned one is shown. A server that cannot be reached is fault.Upstream, one with
// another host key fault.PermissionDenied, a refused login fault.AuthFailed.
func (l *Login) Connect(ctx context.Context) (*Client, error) {
	var refused error
	for _, algorithms := range l.pins.offers() {
		conn, err := l.handshake(ctx, algorithms)
		var noHostKey *ssh.AlgorithmNegotiationError
		switch {
		case err == nil:
			return conn, nil
		case errors.As(err, &noHostKey) && strings.Contains(err.Error(), "host key"):
			if refused == nil {
				refused = fault.New(fault.PermissionDenied, "connect to %s: it has no host key of a pinned type: %w", l.Address(), err).
					WithField("hostKeys").WithFix("pin what this prints: ssh-keyscan -p %d %s", l.config.Port, l.config.Host)
			}
		case fault.Is(err, fault.PermissionDenied):
			if refused == nil || len(l.pins.names()) == 0 {
				refused = err
			}
			if len(l.pins.names()) == 0 {
				return nil, err
			}
		default:
			return nil, err
		}
	}
	return nil, refused
}

func (l *Login) handshake(ctx context.Context, hostKeys []string) (*Client, error) {
	ctx, cancel := context.WithTimeout(ctx, l.config.Timeout)
	defer cancel()
	address := l.Address()
	raw, err := l.config.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, l.unreachable(ctx, err)
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	var hostKeyErr error
	line := &countedConn{Conn: raw}
	conn, channels, requests, err := ssh.NewClientConn(line, address, &ssh.ClientConfig{
		User: l.config.User, Auth: l.auth, ClientVersion: clientVersion, HostKeyAlgorithms: hostKeys,
		HostKeyCallback: func(host string, remote net.Addr, key ssh.PublicKey) error {
			hostKeyErr = l.pins.check(host, remote, key)
			return hostKeyErr
		},
	})
	if err != nil {
		raw.Close()
		if hostKeyErr != nil {
			return nil, hostKeyErr
		}
		return nil, l.refused(ctx, err)
	}
	return l.client(ssh.NewClient(conn, channels, requests), line), nil
}

// unreachable classifies a failed dial; a refusal of the guarded dialer keeps its kind.
func (l *Login) unreachable(ctx context.Context, err error) error {
	var known *fault.Error
	if errors.As(err, &known) || ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	return fault.New(fault.Upstream, "connect to %s: %w", l.Address(), err).
		WithFix("check host and port, and that the server accepts connections from here")
}

// refused classifies a failed handshake. The library has no error type for a refused
// login, only this text.
func (l *Login) refused(ctx context.Context, err error) error {
	text := err.Error()
	if strings.Contains(text, "unable to authenticate") || strings.Contains(text, "Too many authentication failures") {
		return fault.New(fault.AuthFailed, "log in to %s as %s: the server refused the credentials: %w", l.Address(), l.config.User, err).
			WithFix("check user, password and private key; the server must know its public half")
	}
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	return fault.New(fault.Upstream, "log in to %s: %w", l.Address(), err)
}
