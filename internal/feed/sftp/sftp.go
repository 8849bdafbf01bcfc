// Package sftp is the door to feeds that a platform exports to an SFTP server ("Retrieving data for
// ASAPP Messaging": docs.asapp.com/reporting/retrieve-messaging-data).
package sftp

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"path"
	"strings"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/seal"
	"transporter/internal/sshlogin"
)

// Config says where the feeds lie, and who logs in: with a key, which is the only way.
type Config struct {
	Host      string
	Port      int    // zero: 22
	Directory string // above the feeds, absolute or relative to where the login lands; empty: there
	HostKeys  []string

	User       seal.Secret
	PrivateKey seal.Secret // PEM or OpenSSH
	Passphrase seal.Secret // of the private key; empty: none

	// Dial opens connections; the guarded dialer in production.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout bounds login and silence; zero: 30 s.
	Timeout time.Duration
	// Idle is how long a connection stays that nobody uses; zero: a minute.
	Idle time.Duration
}

// Door is one folder of one server. It is safe for concurrent use: listings, and objects that are
// read, share a connection, each in a session of its own. Once none is used for a while none is open.
type Door struct {
	login *sshlogin.Login
	lines *lines
	root  string
}

var _ feed.Door = (*Door)(nil)

// fields are those of a source, by the names that a login has for them.
var fields = map[string]string{
	"host": "feeds.sftp.host", "port": "feeds.sftp.port", "hostKeys": "feeds.sftp.hostKeys", "user": "credentials.sftp.username",
	"credentials": "credentials.sftp.privateKey", "credentials.privateKey": "credentials.sftp.privateKey", "credentials.passphrase": "credentials.sftp.passphrase",
}

// New checks the configuration without connecting; what is wrong is fault.InvalidSpec that names
// the field.
func New(c Config) (*Door, error) {
	if strings.ContainsRune(c.Directory, 0) {
		return nil, fault.New(fault.InvalidSpec, "has a null character").WithField("feeds.sftp.directory")
	}
	login, err := sshlogin.New(sshlogin.Config{
		Host: c.Host, Port: c.Port, User: c.User.Reveal(), PrivateKey: c.PrivateKey, Passphrase: c.Passphrase,
		HostKeys: c.HostKeys, Dial: c.Dial, Timeout: c.Timeout,
	})
	if err != nil {
		return nil, named(err)
	}
	root := c.Directory
	if root == "" {
		root = "."
	}
	return &Door{login: login, lines: newLines(login, c.Idle), root: root}, nil
}

// named says which field of the source an error is about.
func named(err error) error {
	var known *fault.Error
	if errors.As(err, &known) && fields[known.Field] != "" {
		return known.WithField(fields[known.Field])
	}
	return err
}

func (d *Door) path(key string) string { return path.Join(d.root, key) }

// classify turns what went wrong with a path into a fault.
func (d *Door) classify(ctx context.Context, verb, name string, err error) error {
	var known *fault.Error
	switch where := d.login.Address(); {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &known):
		return err
	case errors.Is(err, fs.ErrPermission):
		return fault.New(fault.PermissionDenied, "%s %s on %s: the server does not allow it: %w", verb, name, where, err).
			WithFix("ask for the right to list and to read what lies there")
	default:
		return fault.New(fault.Upstream, "%s %s on %s: %w", verb, name, where, err)
	}
}
