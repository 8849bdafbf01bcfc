// Package gate keeps a destination that is down, or asked by many runs at once, from
// taking a worker's slots away from the others: so many work at one destination at a time,
// and of those that wait for a dead one a single probe goes through now and then while the
// rest is told at once when to come back.
package gate

import (
	"context"
	"errors"
	"math/rand/v2"
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
	// turn is how soon a caller who found all places taken comes back, at the earliest and
	// at the latest; the spread keeps them from coming all at once.
	turn, latestTurn = time.Second, 3 * time.Second
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
			WithFix("other runs wait for the same destination, one of them tries it in %s", wait.Round(time.Second)).After(spread(wait))
	}
	if d.inside >= MaxAtOnce {
		return nil, fault.New(fault.NotReady, "%d runs are at work at this destination; this one waits its turn", d.inside).
			After(turn + rand.N(latestTurn-turn)) //nolint:gosec // a spread, no secret
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
	if d.inside == 0 && d.failures == 0 {
		delete(g.doors, destination)
	}
}

// maxDoublings keeps the shift in range; maxWait is reached before.
const maxDoublings = 20

// spread lengthens a wait by up to a tenth, so that those who wait come one after the other.
func spread(wait time.Duration) time.Duration {
	return wait + rand.N(wait/10+time.Second) //nolint:gosec // a spread, no secret
}
