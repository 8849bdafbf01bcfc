package linetest

import (
	"io"
	"net"
	"sync"
	"time"
)

const (
	// pieceSize is how much is carried at once over a fast line.
	pieceSize = 64 << 10
	// beat is how often something arrives over a throttled line.
	beat = 50 * time.Millisecond
	// flipSize is the least size of a piece that is taken for a body.
	flipSize = 16 << 10
	// slowBuffer is how much the system may take in ahead of a throttled line.
	slowBuffer = 4 << 10
	// inFlight bounds the pieces that a line with latency holds.
	inFlight = 64
)

// link is one connection over a line: the client's end and the server's.
type link struct {
	line   *Line
	faults Faults
	limit  int64 // bytes to the server before the reset; negative: none
	client *net.TCPConn

	mu     sync.Mutex
	server *net.TCPConn
	dead   bool
	gone   chan struct{}
}

// carry relays a connection until one end is closed.
func (l *Line) carry(client *net.TCPConn) {
	c := l.enter(client)
	defer l.leave(c)
	if c.faults.Silent {
		_, _ = io.Copy(io.Discard, client) // until the client gives up
		c.end(false)
		return
	}
	server, err := net.Dial("tcp", l.target)
	if err != nil {
		c.reset()
		return
	}
	c.mu.Lock()
	c.server = server.(*net.TCPConn)
	c.mu.Unlock()
	select {
	case <-c.gone: // cut meanwhile
		server.Close()
		return
	default:
	}
	var both sync.WaitGroup
	both.Go(func() { c.pump(c.server, c.client, c.toServer) })
	both.Go(func() { c.pump(c.client, c.server, c.toClient) })
	both.Wait()
	c.end(false)
}

func (l *Line) enter(client *net.TCPConn) *link {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &link{line: l, client: client, faults: l.faults, limit: -1, gone: make(chan struct{})}
	if l.faults.Reset != nil {
		c.limit = l.faults.Reset(l.random)
	}
	if l.faults.Rate > 0 { // what waits for a slow line waits at the sender
		_ = client.SetReadBuffer(slowBuffer)
	}
	l.open[c] = true
	l.count.Connections++
	return c
}

func (l *Line) leave(c *link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}

// piece is what was read at a moment.
type piece struct {
	bytes []byte
	due   time.Time
}

// pump carries one direction. What is read passes through look, which says how much of it
// goes on, and arrives after the latency, in order.
func (c *link) pump(dst, src *net.TCPConn, look func([]byte) int) {
	line := make(chan piece, inFlight)
	var arriving sync.WaitGroup
	arriving.Go(func() {
		broken := false
		for p := range line {
			time.Sleep(time.Until(p.due))
			if !broken {
				_, err := dst.Write(p.bytes)
				broken = err != nil
			}
		}
		_ = dst.CloseWrite() // the other end may be gone
	})
	size := pieceSize
	if c.faults.Rate > 0 {
		size = max(1, min(pieceSize, int(float64(c.faults.Rate)*beat.Seconds())))
	}
	for {
		buffer := make([]byte, size)
		n, err := src.Read(buffer)
		if n > 0 {
			goes := look(buffer[:n])
			line <- piece{buffer[:goes], time.Now().Add(c.faults.Latency)}
			c.pace(n)
			if goes < n {
				c.reset()
			}
		}
		if err != nil {
			break
		}
	}
	close(line)
	arriving.Wait()
}

// pace waits as long as n bytes take on a throttled line.
func (c *link) pace(n int) {
	if c.faults.Rate > 0 {
		time.Sleep(time.Duration(float64(n) / float64(c.faults.Rate) * float64(time.Second)))
	}
}

// toServer counts, flips and says how much is let through before the reset.
func (c *link) toServer(b []byte) int {
	l := c.line
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count.Sent += int64(len(b))
	if l.flip && len(b) >= flipSize {
		l.flip = false
		b[len(b)/2] ^= 1
	}
	if l.resetAt > 0 && l.count.Sent >= l.resetAt {
		l.resetAt, c.limit = 0, 0
	}
	if c.limit < 0 {
		return len(b)
	}
	if c.limit < int64(len(b)) {
		l.count.Resets++
		return int(c.limit)
	}
	c.limit -= int64(len(b))
	return len(b)
}

func (c *link) toClient(b []byte) int {
	c.line.mu.Lock()
	defer c.line.mu.Unlock()
	c.line.count.Received += int64(len(b))
	return len(b)
}

// reset ends both connections with RST, which throws away what was on its way.
func (c *link) reset() { c.end(true) }

func (c *link) end(reset bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return
	}
	c.dead = true
	close(c.gone)
	for _, conn := range []*net.TCPConn{c.client, c.server} {
		if conn == nil {
			continue
		}
		if reset {
			_ = conn.SetLinger(0) // as close, it can only fail where there is nothing left to do
		}
		conn.Close()
	}
}
