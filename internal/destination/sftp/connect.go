package sftp

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// clientVersion is what the server logs about us (RFC 4253, section 4.2).
const clientVersion = "SSH-2.0-transporter"

// bigPacket is the payload of one write where the server announces
// limits@openssh.com: OpenSSH takes messages of 256 KiB less 1 KiB for their head. All
// other servers get the 32 KiB that the protocol guarantees.
const bigPacket = 255 << 10

// bigRequests is how many big packets are on their way at once: they fill the 2 MiB that an
// SSH channel lets either side send ahead. The library's 64 would hold 32 MiB a session.
const bigRequests = 8

// Connect logs in and starts SFTP. See destination.Destination for the errors; a user
// who may log in but not use SFTP is fault.PermissionDenied.
func (d *Destination) Connect(ctx context.Context) (destination.Session, error) {
	s, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (d *Destination) connect(ctx context.Context) (*session, error) {
	conn, err := d.login(ctx)
	if err != nil {
		return nil, err
	}
	return d.start(ctx, conn)
}

// start speaks SFTP over an authenticated connection, which it closes where that fails.
func (d *Destination) start(ctx context.Context, conn *connection) (*session, error) {
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	client, err := sftp.NewClient(conn.Client)
	if !stop() || err != nil {
		conn.Close()
		return nil, d.sftpRefused(ctx, err)
	}
	s := &session{d: d, conn: conn, client: client, closed: make(chan struct{})}
	if _, ok := client.HasExtension("limits@openssh.com"); ok {
		s.ordered = s.isOpenSSH()
		if err := errors.Join(sftp.MaxPacketUnchecked(bigPacket)(client), sftp.MaxConcurrentRequestsPerFile(bigRequests)(client)); err != nil {
			conn.Close()
			return nil, err
		}
	}
	go s.keepAlive(d.config.Timeout)
	return s, nil
}

// login opens an authenticated connection, asking for one type of host key after the
// other until the pinned one is shown.
func (d *Destination) login(ctx context.Context) (*connection, error) {
	var refused error
	for _, algorithms := range d.pins.offers() {
		conn, err := d.handshake(ctx, algorithms)
		var noHostKey *ssh.AlgorithmNegotiationError
		switch {
		case err == nil:
			return conn, nil
		case errors.As(err, &noHostKey) && strings.Contains(err.Error(), "host key"):
			if refused == nil {
				refused = fault.New(fault.PermissionDenied, "connect to %s: it has no host key of a pinned type: %w", d.config.address(), err).
					WithField("hostKeys").WithFix("pin what this prints: ssh-keyscan -p %d %s", d.config.Port, d.config.Host)
			}
		case fault.Is(err, fault.PermissionDenied):
			if refused == nil || len(d.pins.names()) == 0 {
				refused = err
			}
			if len(d.pins.names()) == 0 {
				return nil, err
			}
		default:
			return nil, err
		}
	}
	return nil, refused
}

func (d *Destination) handshake(ctx context.Context, hostKeys []string) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, d.config.Timeout)
	defer cancel()
	address := d.config.address()
	raw, err := d.config.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, d.unreachable(ctx, err)
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	var hostKeyErr error
	line := &countedConn{Conn: raw}
	conn, channels, requests, err := ssh.NewClientConn(line, address, &ssh.ClientConfig{
		User: d.config.User, Auth: d.auth, ClientVersion: clientVersion, HostKeyAlgorithms: hostKeys,
		HostKeyCallback: func(host string, remote net.Addr, key ssh.PublicKey) error {
			hostKeyErr = d.pins.check(host, remote, key)
			return hostKeyErr
		},
	})
	if err != nil {
		raw.Close()
		if hostKeyErr != nil {
			return nil, hostKeyErr
		}
		return nil, d.refused(ctx, err)
	}
	return &connection{ssh.NewClient(conn, channels, requests), line}, nil
}

// unreachable classifies a failed dial; a refusal of the guarded dialer keeps its kind.
func (d *Destination) unreachable(ctx context.Context, err error) error {
	var known *fault.Error
	if errors.As(err, &known) || ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	return fault.New(fault.Upstream, "connect to %s: %w", d.config.address(), err).
		WithFix("check host and port, and that the server accepts connections from here")
}

// refused classifies a failed handshake. The library has no error type for a refused
// login, only this text.
func (d *Destination) refused(ctx context.Context, err error) error {
	text := err.Error()
	if strings.Contains(text, "unable to authenticate") || strings.Contains(text, "Too many authentication failures") {
		return fault.New(fault.AuthFailed, "log in to %s as %s: the server refused the credentials: %w", d.config.address(), d.config.User, err).
			WithFix("check user, password and private key; the server must know its public half")
	}
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	return fault.New(fault.Upstream, "log in to %s: %w", d.config.address(), err)
}

func (d *Destination) sftpRefused(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && strings.Contains(err.Error(), "subsystem request failed") {
		return fault.New(fault.PermissionDenied, "%s lets %s log in, but not use SFTP: %w", d.config.address(), d.config.User, err).
			WithFix("ask the server's operator to enable SFTP for this user")
	}
	return fault.New(fault.Upstream, "start SFTP on %s: %w", d.config.address(), err)
}
