// Package linetest puts a bad line between a client and a real server: a relay on loopback
// that delays, throttles, refuses, resets, flips and swallows what goes over it, and counts it.
//
// toxiproxy, the known tool, cannot reset a connection after so many bytes, refuse a share
// of them or flip a byte; its last release in the module index is of 2022, and it brings a
// router and a command line along.
package linetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Faults are what is wrong with a line. The zero value is a good one.
type Faults struct {
	Latency time.Duration // of every byte, each way
	Rate    int           // bytes a second and connection, each way; 0: no limit
	Refuse  float64       // share of the time in which connections are refused, 0 to 1
	// Reset is asked for every connection: after so many bytes towards the server both ends
	// are reset. Nil, or a negative answer: never.
	Reset func(*rand.Rand) int64
	// Silent accepts connections and carries nothing.
	Silent bool
}

// Count is what went over a line so far.
type Count struct {
	Sent, Received int64 // bytes that clients sent, and that they were sent
	Connections    int   // that were accepted
	Resets         int   // because of Faults.Reset
}

// Line is a relay to one server. It is safe for concurrent use.
type Line struct {
	address, target string

	mu       sync.Mutex
	listener *net.TCPListener
	faults   Faults
	random   *rand.Rand
	open     map[*link]bool
	flip     bool
	resetAt  int64 // zero: never
	count    Count
	ended    bool
}

// New opens a line to the server at the address, which need not run yet; it ends with the
// test. Chance follows the seed.
func New(t testing.TB, target string, seed uint64) *Line {
	t.Helper()
	l := &Line{target: target, open: map[*link]bool{}, random: rand.New(rand.NewPCG(seed, seed))}
	require.NoError(t, l.listen("127.0.0.1:0"))
	l.address = l.listener.Addr().String()
	done := make(chan struct{})
	t.Cleanup(func() {
		l.end()
		<-done
	})
	go func() {
		defer close(done)
		l.accept()
	}()
	return l
}

// Address is where clients connect.
func (l *Line) Address() string { return l.address }

// Dial connects over the line, whatever address it is asked for.
func (l *Line) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", l.address)
}

// Set replaces what is wrong with the line, for connections that are made from now on.
func (l *Line) Set(f Faults) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = f
	if l.listener != nil {
		_ = l.listener.SetDeadline(time.Now()) // wakes accept; the listener is open
	}
}

// Cut resets every open connection; later ones work.
func (l *Line) Cut() {
	for _, c := range l.links() {
		c.reset()
	}
}

// ResetAt resets, once, the connection that carries the byte which is the n-th of all that
// clients send.
func (l *Line) ResetAt(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.resetAt = n
}

// Flip changes one bit in the middle of the next large piece on its way to the server: of a
// body, not of a head.
func (l *Line) Flip() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flip = true
}

// Count returns what went over the line so far.
func (l *Line) Count() Count {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

func (l *Line) links() (all []*link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		all = append(all, c)
	}
	return all
}

func (l *Line) listen(address string) error {
	listener, err := net.Listen("tcp", address)
	if err == nil {
		l.listener = listener.(*net.TCPListener)
	}
	return err
}

func (l *Line) end() {
	l.mu.Lock()
	l.ended = true
	if l.listener != nil {
		l.listener.Close()
	}
	l.mu.Unlock()
	l.Cut()
}

// turn is one round of being open and refusing: short beside the time between two attempts.
const turn = 200 * time.Millisecond

// accept takes connections until the line ends. Refusing is closing the listener for a
// while: then the kernel says no, whoever asks.
func (l *Line) accept() {
	for l.reopen() {
		until := l.openUntil()
		for {
			conn, err := l.listener.AcceptTCP()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				go l.carry(conn)
			} else if until.IsZero() || !time.Now().Before(until) {
				break // a turn is over, or the faults were changed
			}
		}
		if !until.IsZero() {
			l.shut()
		}
	}
}

// openUntil is when this turn's accepting ends; zero: when the faults are changed.
func (l *Line) openUntil() (until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.faults.Refuse > 0 {
		until = time.Now().Add(time.Duration((1 - l.faults.Refuse) * float64(turn)))
	}
	_ = l.listener.SetDeadline(until) // the listener is open
	return until
}

// shut refuses connections for the rest of a turn.
func (l *Line) shut() {
	l.mu.Lock()
	if l.listener != nil {
		l.listener.Close()
	}
	l.listener = nil
	rest := time.Duration(l.faults.Refuse * float64(turn))
	l.mu.Unlock()
	time.Sleep(rest)
}

// reopen listens again, as soon as the port is free; false once the line has ended.
func (l *Line) reopen() bool {
	for {
		l.mu.Lock()
		if l.ended {
			l.mu.Unlock()
			return false
		}
		if l.listener != nil || l.listen(l.address) == nil {
			l.mu.Unlock()
			return true
		}
		l.mu.Unlock()
		time.Sleep(time.Millisecond)
	}
}
