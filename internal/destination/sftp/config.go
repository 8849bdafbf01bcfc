// Package sftp delivers files to an SFTP server.
//
// A file is written under a hidden temporary name in its own folder, ".NAME.TOKEN.part",
// in order, so that what is there is always a prefix; it is flushed to disk where the
// server can do that, verified, and renamed. The server is recognised by pinned host keys
// only.
package sftp

import (
	"context"
	"net"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

const (
	defaultPort = 22
	// defaultTimeout bounds connecting and logging in, and how long a server may be
	// silent: sshd itself gives a login two minutes, a healthy one needs a second.
	defaultTimeout = 30 * time.Second
)

// Config says where to deliver and how to log in: with a password, a private key, or
// both.
type Config struct {
	Host      string // name or address
	Port      int    // zero: 22
	Directory string // absolute, or relative to where the login lands; empty: there
	User      string

	Password   destination.Secret
	PrivateKey destination.Secret // PEM or OpenSSH; RSA, Ed25519 or ECDSA
	Passphrase destination.Secret // of the private key

	// HostKeys pin the server: lines of a known_hosts file or of "HOST_KEY.pub", or
	// fingerprints ("SHA256:…"). A server whose key is not among them is refused before
	// anything secret is sent.
	HostKeys []string

	// InPlace writes files under their final names, for servers that forbid renaming.
	InPlace bool
	// Commands lets the server hash what it holds: sha256sum(1) over SSH, for Hash.
	Commands bool

	// Dial opens the connection; the guarded dialer in production.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout bounds login and silence; zero: 30 s.
	Timeout time.Duration
}

// Destination is one folder on one server. It is safe for concurrent use.
type Destination struct {
	config Config
	pins   pins
	auth   []ssh.AuthMethod
}

var _ destination.Destination = (*Destination)(nil)

// New checks the configuration without connecting; what is wrong is fault.InvalidSpec
// that names the field.
func New(c Config) (*Destination, error) {
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
	case strings.ContainsRune(c.Directory, 0):
		return nil, badField("directory", "has a null character")
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
	return &Destination{config: c, pins: pins, auth: auth}, nil
}

// address returns "host:port".
func (c Config) address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

func badField(field, problem string) *fault.Error {
	return fault.New(fault.InvalidSpec, "%s", problem).WithField(field)
}
