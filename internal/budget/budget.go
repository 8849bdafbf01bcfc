package budget

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"transporter/internal/contract"
)

// untold is how long a request waits for a slot before people are told: short waits are how a
// budget works.
const untold = time.Second

// Budget bounds the requests to one host of one platform account.
type Budget struct {
	mu          sync.Mutex
	cap         int                             // of all processes together
	used        contract.Turns                  // requests under way
	line        [len(contract.Turns{})][]waiter // first come, first served, by turn
	pausedUntil time.Time
	refused     int64 // answers 429 in all
	rate        *rate.Limiter
	lease       *lease // nil: this process alone
}

// waiter is closed when its slot is taken for it.
type waiter chan struct{}

// Request is one that wants to begin.
type Request struct {
	Turn  contract.Turn
	Waits func(more int) // told 1 when it waits for long, -1 when no more; may be nil

	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
}

// set takes over the limits: more slots are handed out at once, fewer are used up first.
func (b *Budget) set(l Limits, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cap = l.Concurrent
	b.rate.SetLimitAt(now, rate.Limit(l.PerSecond))
	b.rate.SetBurstAt(now, l.Concurrent)
	b.hand()
}

// Acquire waits until the request may begin. It has to be made under the context that is
// returned, which ends when the slot is no longer this process's own (ErrLapsed), and release
// must be called when its answer is read.
func (b *Budget) Acquire(ctx context.Context, r Request) (leased context.Context, release func(), err error) {
	for {
		if err := r.Sleep(ctx, b.pause(r.Now())); err != nil {
			return nil, nil, err
		}
		if err := b.wait(ctx, r); err != nil {
			return nil, nil, err
		}
		now := r.Now()
		if b.pause(now) > 0 { // meanwhile; the slot is another's until then
			b.release(r.Turn)
			continue
		}
		if err := r.Sleep(ctx, b.rate.ReserveN(now, 1).DelayFrom(now)); err != nil {
			b.release(r.Turn)
			return nil, nil, err
		}
		leased, release = b.begin(ctx, r.Turn)
		return leased, release, nil
	}
}

// Refused notes that the platform refused a request, and lets none begin before the time.
func (b *Budget) Refused(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pauseUntil(until)
	b.refused++
	if b.lease != nil {
		b.lease.refused++
		b.stir()
	}
}

func (b *Budget) pauseUntil(t time.Time) {
	if t.After(b.pausedUntil) {
		b.pausedUntil = t
	}
}

func (b *Budget) pause(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(b.pausedUntil.Sub(now), 0)
}

// wait takes a slot when it is the request's turn.
func (b *Budget) wait(ctx context.Context, r Request) error {
	w := b.join(r.Turn)
	timer := time.NewTimer(untold)
	defer timer.Stop()
	select {
	case <-w:
		return nil
	case <-ctx.Done():
		return b.leave(ctx, w, r.Turn)
	case <-timer.C:
	}
	if r.Waits != nil {
		r.Waits(1)
		defer r.Waits(-1)
	}
	select {
	case <-w:
		return nil
	case <-ctx.Done():
		return b.leave(ctx, w, r.Turn)
	}
}

func (b *Budget) join(t contract.Turn) waiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := make(waiter)
	b.line[t] = append(b.line[t], w)
	b.hand()
	return w
}

// leave gives up waiting; a slot that came in the same moment goes back.
func (b *Budget) leave(ctx context.Context, w waiter, t contract.Turn) error {
	b.mu.Lock()
	i := slices.Index(b.line[t], w)
	if i >= 0 {
		b.line[t] = slices.Delete(b.line[t], i, i+1)
	}
	b.mu.Unlock()
	if i < 0 {
		b.release(t)
	}
	return ctx.Err()
}

func (b *Budget) release(t contract.Turn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used[t]--
	b.hand()
}

// hand gives the free slots to those who wait, the most urgent first.
func (b *Budget) hand() {
	free := b.lent() - b.used.Sum()
	for t := range len(b.line) - b.held() {
		for ; free > 0 && len(b.line[t]) > 0; free-- {
			close(b.line[t][0])
			b.line[t] = b.line[t][1:]
			b.used[t]++
		}
	}
	if b.lease != nil {
		b.stir()
	}
}

// lent is how many slots this process may use now.
func (b *Budget) lent() int {
	if b.lease == nil {
		return b.cap
	}
	return b.lease.lent(time.Now())
}

// held is how many turns, the least urgent, begin nothing, because others have use for every slot.
func (b *Budget) held() int {
	if b.lease == nil {
		return 0
	}
	return min(b.lease.held, len(b.line))
}

// demand is what could be used now.
func (b *Budget) demand() contract.Turns {
	d := b.used
	for t := range b.line {
		d[t] += len(b.line[t])
	}
	return d
}

// begin binds the request to the lease.
func (b *Budget) begin(ctx context.Context, t contract.Turn) (context.Context, func()) {
	if b.lease == nil {
		return ctx, func() { b.release(t) }
	}
	b.mu.Lock()
	lapsing := b.lease.lapsing
	b.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(lapsing, func() { cancel(ErrLapsed) })
	return ctx, func() {
		stop()
		cancel(nil)
		b.release(t)
	}
}
