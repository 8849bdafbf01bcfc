// Package budget bounds the requests of this process to the hosts of platform accounts: how
// many are under way at once, how many begin in a second, and none while a platform asked for
// a pause. The most urgent request has the next slot that is free. With a Lender the slots
// are leased, so that the bound holds for all processes together; without one it holds for
// this process alone.
package budget

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"transporter/internal/contract"
)

// Limits of one budget, as the settings of a source say.
type Limits struct {
	Concurrent int     // requests under way at once, of all processes
	PerSecond  float64 // requests that this process begins in a second
}

// Lender lends slots.
type Lender interface {
	// Lease asks for slots of the account at the host, renews them or gives them back; see
	// contract.LeaseIn. It returns in seconds. After an error it is not known whether the
	// lender heard.
	Lease(ctx context.Context, account, host string, in contract.LeaseIn) (contract.LeaseOut, error)
}

// Budgets are all of a process, by platform account and host. The zero value is ready and
// bounds this process alone. It is safe for concurrent use.
type Budgets struct {
	Lender  Lender // nil: none
	Process string // names this life of this process to the lender and to people

	mu    sync.Mutex
	all   map[key]*Budget
	ctx   context.Context // of those who renew; ends with Close
	stop  context.CancelFunc
	ended sync.WaitGroup
}

type key struct{ account, host string }

// Of returns the budget of the account at the host, with the caller's limits in force.
func (s *Budgets) Of(account, host string, l Limits, now time.Time) *Budget {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[key]*Budget{}
		s.ctx, s.stop = context.WithCancel(context.Background())
	}
	k := key{account, host}
	b := s.all[k]
	if b == nil {
		b = &Budget{rate: rate.NewLimiter(rate.Limit(l.PerSecond), l.Concurrent)}
		if s.Lender != nil {
			b.lease = &lease{key: k, all: s, wake: make(chan struct{}, 1)}
		}
		s.all[k] = b
	}
	b.set(l, now)
	return b
}

// Close gives back what is leased and returns when the lender knows, or ctx ends. No request
// may begin after it.
func (s *Budgets) Close(ctx context.Context) {
	s.mu.Lock()
	if s.stop != nil {
		s.stop()
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { s.ended.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
