package liveperson

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Shared is what all clients of a process have in common: the request budget of each
// platform account and host, the cache of host names, and the sessions and tokens that were issued.
// The platform limits how many requests of an account run at once, whoever sends them. The zero
// value is ready; Close it when the process ends.
type Shared struct {
	domains domains
	grants  grants
	mu      sync.Mutex
	budgets map[budgetKey]*budget
}

type budgetKey struct{ account, host string }

// budget returns the one for the account and host, with the caller's limits in force.
func (s *Shared) budget(account, host string, l Limits, now time.Time) *budget {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.budgets == nil {
		s.budgets = map[budgetKey]*budget{}
	}
	b := s.budgets[budgetKey{account, host}]
	if b == nil {
		b = &budget{freed: make(chan struct{}), rate: rate.NewLimiter(rate.Limit(l.PerSecond), l.Concurrent)}
		s.budgets[budgetKey{account, host}] = b
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limit = l.Concurrent
	b.rate.SetLimitAt(now, rate.Limit(l.PerSecond))
	b.rate.SetBurstAt(now, l.Concurrent)
	return b
}

// budget bounds requests in flight and requests a second, and holds everyone back
// after the platform asked for a pause.
type budget struct {
	mu          sync.Mutex
	limit, used int
	pausedUntil time.Time
	rate        *rate.Limiter
	freed       chan struct{} // closed and replaced whenever a slot is given back
}

// acquire waits for a slot; release must be called when the answer is read.
func (b *budget) acquire(ctx context.Context, clk clock) (release func(), err error) {
	for {
		wait, freed := b.take(clk.now())
		switch {
		case freed == nil:
			if err := clk.sleep(ctx, wait); err != nil {
				b.release()
				return nil, err
			}
			return b.release, nil
		case wait > 0:
			if err := clk.sleep(ctx, wait); err != nil {
				return nil, err
			}
		default:
			select {
			case <-freed:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}
}

// take returns a nil channel when a slot was taken, with the time to wait before using
// it; otherwise the time that a pause lasts, or the channel that tells of a free slot.
func (b *budget) take(now time.Time) (wait time.Duration, freed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if pause := b.pausedUntil.Sub(now); pause > 0 {
		return pause, b.freed
	}
	if b.used >= b.limit {
		return 0, b.freed
	}
	b.used++
	return b.rate.ReserveN(now, 1).DelayFrom(now), nil
}

func (b *budget) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used--
	close(b.freed)
	b.freed = make(chan struct{})
}

// pause lets no request start before the time.
func (b *budget) pause(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until.After(b.pausedUntil) {
		b.pausedUntil = until
	}
}
