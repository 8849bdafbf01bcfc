// Package gate keeps a destination that is down, or asked by many runs at once, from
// taking a worker's slots away from the others: so many work at one destination at a time,
// and of those that wait for a dead one a single probe goes through now and then while the
// rest is told at once when to come back.
package gate

import (
	"context"
	"errors"
	"sync"
	"time"

	"transporter/internal/fault"
)

const (
	// MaxAtOnce is how many callers of this process work at one destination: enough to fill
	// a line, few enough for servers that bound the sessions of a user (sshd's MaxSessions
	// is 10).
	MaxAtOnce = 4
	// firstWait and maxWait are how long a destination that does not answer is left alone,
	// doubled with every probe that fails.
	firstWait = 2 * time.Second
	maxWait   = 15 * time.Minute
	// turn is how soon a caller who found all places taken comes back at the earliest.
	turn = time.Second
	// apart is how far from each other callers are told to come back: whatever number waits,
	// asking again costs no more than twenty attempts a second.
	apart = 50 * time.Millisecond
)

// Gate is the doors of all destinations of one process. It is safe for concurrent use.
type Gate struct {
	now   func() time.Time
	mu    sync.Mutex
	doors map[string]*door
}

// door is what is known of one destination. One that is idle and well is forgotten.
type door struct {
	inside   int
	failures int // probes in a row that found nobody
	opens    time.Time
	cause    string
	line     time.Time // when the last of those who wait was told to come back
}

// New returns a gate with the clock.
func New(now func() time.Time) *Gate { return &Gate{now: now, doors: map[string]*door{}} }

// Enter lets the caller work at the destination; call leave once with how that ended, which
// fault.Upstream takes for a destination that is down. Else it returns at once:
// fault.Upstream while the destination is left alone, fault.NotReady while others are at
// work there; both say when to come back.
func (g *Gate) Enter(destination string) (leave func(error), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	d := g.doors[destination]
	if d == nil {
		d = &door{}
		g.doors[destination] = d
	}
	if wait := g.alone(d); wait > 0 {
		return nil, fault.New(fault.Upstream, "%d attempts in a row did not get through: %s", d.failures, d.cause).
			WithFix("other runs wait for the same destination, one of them tries it in %s", wait.Round(time.Second)).After(g.queue(d, wait))
	}
	if d.inside >= MaxAtOnce {
		return nil, fault.New(fault.NotReady, "%d runs are at work at this destination; this one waits its turn", d.inside).
			After(g.queue(d, turn))
	}
	d.inside++
	return func(err error) { g.leave(destination, d, err) }, nil
}

// alone returns for how long the destination is to be left alone; a probe under way counts
// as one more wait.
func (g *Gate) alone(d *door) time.Duration {
	if d.failures == 0 {
		return 0
	}
	if wait := d.opens.Sub(g.now()); wait > 0 {
		return wait
	}
	if d.inside > 0 {
		return firstWait
	}
	return 0
}

// leave counts how the work ended. Work that was given up says nothing of the destination.
func (g *Gate) leave(destination string, d *door, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	d.inside--
	switch {
	case errors.Is(err, context.Canceled):
	case fault.Is(err, fault.Upstream):
		// Those who were inside together fail together, and count once.
		if now := g.now(); !now.Before(d.opens) {
			d.failures++
			d.opens = now.Add(min(firstWait<<min(d.failures-1, maxDoublings), maxWait))
			d.cause = err.Error()
		}
	default:
		d.failures = 0
	}
	if d.inside == 0 && d.failures == 0 && !g.now().Before(d.line) {
		delete(g.doors, destination)
	}
}

// maxDoublings keeps the shift in range; maxWait is reached before.
const maxDoublings = 20

// queue puts a caller at the end of the line and returns how long it waits, at least as long
// as given.
func (g *Gate) queue(d *door, least time.Duration) time.Duration {
	now := g.now()
	at := now.Add(least)
	if after := d.line.Add(apart); after.After(at) {
		at = after
	}
	d.line = at
	return at.Sub(now)
}
