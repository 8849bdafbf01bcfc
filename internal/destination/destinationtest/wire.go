package destinationtest

import (
	"bytes"
	"context"
	"net"
	"sync"
	"sync/atomic"
)

// Wire dials for an adapter, counts what is sent, breaks connections and flips bytes. Its
// zero value is ready.
type Wire struct {
	Sent atomic.Int64 // bytes, heads of requests included

	dead   atomic.Bool
	writes atomic.Int64 // that go through before it is dead; 0: all

	flip atomic.Bool
	cut  atomic.Int64
	mu   sync.Mutex
	all  []net.Conn
}

// Dial opens a connection.
func (w *Wire) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if w.dead.Load() {
		return nil, net.ErrClosed
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, conn)
	return &wireConn{conn, w}, nil
}

// Cut breaks every open connection.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, conn := range w.all {
		conn.Close()
	}
	w.all = nil
}

// CutOne breaks the connection that was made last.
func (w *Wire) CutOne() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all[len(w.all)-1].Close()
}

// CutAfter breaks a connection in the middle of what it sends, once n bytes were sent in all.
func (w *Wire) CutAfter(n int64) { w.cut.Store(n) }

// DieAfter lets n writes through, then nothing any more: as if the process had been killed.
func (w *Wire) DieAfter(n int) { w.writes.Store(int64(n)) }

// Flip flips one byte of the next body that is sent.
func (w *Wire) Flip() { w.flip.Store(true) }

type wireConn struct {
	net.Conn
	wire *Wire
}

// Write flips a byte in the middle of a body, never in a head.
func (c *wireConn) Write(p []byte) (int, error) {
	const body = 16 << 10
	if c.wire.dead.Load() || c.wire.writes.Load() > 0 && c.wire.writes.Add(-1) == 0 {
		c.wire.dead.Store(true)
		c.Close()
		return 0, net.ErrClosed
	}
	if len(p) >= body && c.wire.flip.CompareAndSwap(true, false) {
		p = bytes.Clone(p)
		p[len(p)/2] ^= 1
	}
	if at := c.wire.cut.Load(); at > 0 && c.wire.Sent.Load()+int64(len(p)) > at && c.wire.cut.CompareAndSwap(at, 0) {
		n, _ := c.Conn.Write(p[:max(0, at-c.wire.Sent.Load())])
		c.wire.Sent.Add(int64(n))
		c.Close()
		return n, net.ErrClosed
	}
	n, err := c.Conn.Write(p)
	c.wire.Sent.Add(int64(n))
	return n, err
}
