package liveperson

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"transporter/internal/fault"
)

// Shared is what all clients of a process have in common: tokens that were issued, and how fast an
// account is called. The zero value is ready.
type Shared struct {
	apps      tokens // AppJWTs
	consumers tokens // ConsumerJWSs

	mu    sync.Mutex
	paces map[string]*pace
}

const (
	// perSecond smooths bursts ("Retry policy recommendations"); the platform publishes no number.
	perSecond = 50
	// burst is how many requests of people who write at once go out side by side.
	burst = 20
	// shortWait is what is sat out inside a call; a longer wait is given back, so that the caller
	// holds no worker's slot meanwhile.
	shortWait = 2 * time.Second
)

// pace is how fast a platform account is called.
type pace struct {
	rate *rate.Limiter

	mu    sync.Mutex
	until time.Time // nothing goes out before: the platform has refused
}

func (s *Shared) pace(account string) *pace {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paces == nil {
		s.paces = map[string]*pace{}
	}
	p := s.paces[account]
	if p == nil {
		p = &pace{rate: rate.NewLimiter(perSecond, burst)}
		s.paces[account] = p
	}
	return p
}

// wait returns when a request may go out, or fault.RateLimited with how long that will take.
func (p *pace) wait(ctx context.Context, now func() time.Time, sleep func(context.Context, time.Duration) error) error {
	p.mu.Lock()
	at := now()
	paused := p.until.Sub(at)
	p.mu.Unlock()
	if paused > shortWait {
		return fault.New(fault.RateLimited, "the platform account is to be left alone for %s", paused.Round(time.Second)).After(paused)
	}
	return sleep(ctx, max(paused, p.rate.ReserveN(at, 1).DelayFrom(at)))
}

// refused notes that the platform asks to be left alone.
func (p *pace) refused(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.until) {
		p.until = until
	}
}
