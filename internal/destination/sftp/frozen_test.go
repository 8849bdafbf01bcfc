package sftp

import "net"

// frozenConn swallows what is written once frozen is closed, as a line does that went
// dead without a word.
type frozenConn struct {
	net.Conn
	frozen chan struct{}
}

func (c *frozenConn) Write(p []byte) (int, error) {
	select {
	case <-c.frozen:
		return len(p), nil
	default:
		return c.Conn.Write(p)
	}
}
