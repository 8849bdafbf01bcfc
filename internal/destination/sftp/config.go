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
	"strings"
	"time"

	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/sshlogin"
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
	login  *sshlogin.Login
}

var _ destination.Destination = (*Destination)(nil)

// New checks the configuration without connecting; what is wrong is fault.InvalidSpec
// that names the field.
func New(c Config) (*Destination, error) {
	if strings.ContainsRune(c.Directory, 0) {
		return nil, fault.New(fault.InvalidSpec, "has a null character").WithField("directory")
	}
	login, err := sshlogin.New(sshlogin.Config{
		Host: c.Host, Port: c.Port, User: c.User, Password: c.Password, PrivateKey: c.PrivateKey, Passphrase: c.Passphrase,
		HostKeys: c.HostKeys, Dial: c.Dial, Timeout: c.Timeout,
	})
	if err != nil {
		return nil, err
	}
	return &Destination{config: c, login: login}, nil
}
