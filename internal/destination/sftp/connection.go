package sftp

import (
	"net"
	"sync/atomic"

	"golang.org/x/crypto/ssh"
)

// connection is an authenticated connection and the line below it.
type connection struct {
	*ssh.Client
	line *countedConn
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
