package sshlogin

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"transporter/internal/fault"
)

// BigPacket is the payload of one read or write where the server announces
// limits@openssh.com: OpenSSH takes messages of 256 KiB less 1 KiB for their head. All
// other servers get the 32 KiB that the protocol guarantees.
const BigPacket = 255 << 10

// BigRequests is how many big packets are on their way at once: they fill the 2 MiB that an
// SSH channel lets either side send ahead. The library's 64 would hold 32 MiB a session.
const BigRequests = 8

// Client is an authenticated connection.
type Client struct {
	*ssh.Client

	login     *Login
	line      *countedConn
	closed    chan struct{}
	closeOnce sync.Once
	aliveOnce sync.Once
}

func (l *Login) client(c *ssh.Client, line *countedConn) *Client {
	return &Client{Client: c, login: l, line: line, closed: make(chan struct{})}
}

// Close ends the connection.
func (c *Client) Close() error {
	var err error
	c.closeOnce.Do(func() {
		close(c.closed)
		err = c.Client.Close()
	})
	return err
}

// Ended reports whether the connection was closed from here.
func (c *Client) Ended() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

// Files speaks SFTP over the connection, which it closes where that fails, and from then on
// whenever the server is silent for too long. A user who may log in but not use SFTP is
// fault.PermissionDenied. Big packets are used where big is true.
func (c *Client) Files(ctx context.Context) (files *sftp.Client, big bool, err error) {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	files, err = sftp.NewClient(c.Client)
	if !stop() || err != nil {
		c.Close()
		return nil, false, c.login.sftpRefused(ctx, err)
	}
	if big, err = enlarge(files); err != nil {
		c.Close()
		return nil, false, err
	}
	c.stayAlive()
	return files, big, nil
}

// enlarge has big packets used where the server takes them.
func enlarge(files *sftp.Client) (big bool, err error) {
	if _, big = files.HasExtension("limits@openssh.com"); big {
		err = errors.Join(sftp.MaxPacketUnchecked(BigPacket)(files), sftp.MaxConcurrentRequestsPerFile(BigRequests)(files))
	}
	return big, err
}

// stayAlive closes the connection once the server is silent for too long.
func (c *Client) stayAlive() {
	c.aliveOnce.Do(func() { go c.keepAlive(c.login.config.Timeout) })
}

func (l *Login) sftpRefused(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && strings.Contains(err.Error(), "subsystem request failed") {
		return fault.New(fault.PermissionDenied, "%s lets %s log in, but not use SFTP: %w", l.Address(), l.config.User, err).
			WithFix("ask the server's operator to enable SFTP for this user")
	}
	return fault.New(fault.Upstream, "start SFTP on %s: %w", l.Address(), err)
}

// countedConn counts what is received: a server that sends anything is alive.
type countedConn struct {
	net.Conn
	received atomic.Int64
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.received.Add(int64(n))
	return n, err
}

// keepAlive asks the server for a sign of life every so often and closes the connection
// when the last question is still open and not a byte has come since, so that a call never
// waits for a server that is gone. Any answer counts, also "unknown request".
func (c *Client) keepAlive(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	answered := make(chan struct{}, 1)
	received := c.line.received.Load()
	for waiting := false; ; {
		select {
		case <-c.closed:
			return
		case <-answered:
			waiting = false
		case <-ticker.C:
			before := received
			received = c.line.received.Load()
			switch {
			case !waiting:
				waiting = true
				go func() {
					_, _, _ = c.SendRequest("keepalive@openssh.com", true, nil) // a dead connection shows in the calls
					answered <- struct{}{}
				}()
			case received == before:
				c.Close()
				return
			}
		}
	}
}
