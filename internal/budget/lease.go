package budget

import (
	"context"
	"errors"
	"time"

	"transporter/internal/contract"
)

// ErrLapsed ends requests whose slot was not renewed in time: another process may have it now.
var ErrLapsed = errors.New("the lease of the platform account's slot could not be renewed in time")

const (
	// retryEvery is how soon a lender that did not answer is asked again.
	retryEvery = time.Second
	// giveBackWithin bounds the last word to the lender.
	giveBackWithin = 3 * time.Second
)

// lease is what a process has of a budget by its lender's leave. Its fields are guarded by the
// mutex of its Budget. What the lender believes that the process may be using is never less
// than what it uses: slots are used once they are lent, and are the lender's once they are
// reported as free.
type lease struct {
	key  key
	all  *Budgets
	wake chan struct{} // holds one call to ask at once

	keeping  bool // somebody renews
	known    bool // the lender may have a line for this process
	seq      int64
	slots    int            // lent
	held     int            // turns, the least urgent, that must not use them
	reported int            // that the lender believes to be in use
	asked    contract.Turns // what was told to the lender
	peak     contract.Turns // most that could have been used since
	refused  int            // answers 429 that the lender has not heard of

	until, last time.Time // the end of the lease; the last moment to begin a request under it
	lapsing     context.Context
	lapse       context.CancelFunc
	timer       *time.Timer
}

// lent is how many slots may be in use. Half of a lease without renewal is the end of
// beginning: a request begun later could be cut off.
func (l *lease) lent(now time.Time) int {
	if !now.Before(l.last) {
		return 0
	}
	return l.slots
}

// stir has the lender asked when it should hear at once and not with the next renewal: that
// more is wanted than it knows, that slots which it wants back are free, that the platform
// refused. It is called with the lock held.
func (b *Budget) stir() {
	l, demand := b.lease, b.demand()
	more, waiting := false, demand.Sum() > b.used.Sum()
	for t, n := range demand {
		l.peak[t] = max(l.peak[t], n)
		more = more || waiting && n > l.asked[t]
	}
	free := l.reported > l.slots && b.used.Sum() <= l.slots
	if !more && !free && l.refused == 0 {
		return
	}
	if !l.keeping {
		l.keeping = true
		l.all.ended.Add(1)
		go b.keep()
		return
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// keep asks the lender and renews, until nothing is held and nothing wanted, or the process
// ends.
func (b *Budget) keep() {
	l := b.lease
	defer l.all.ended.Done()
	ctx := l.all.ctx
	for {
		in, idle := b.ask()
		if idle {
			return
		}
		sent := time.Now()
		out, err := l.all.Lender.Lease(ctx, l.key.account, l.key.host, in)
		again := retryEvery
		if err == nil {
			b.heed(sent, in, out)
			again = out.Again
		} else {
			b.unheard(in)
		}
		select {
		case <-time.After(again):
		case <-l.wake:
		case <-ctx.Done():
			b.giveBack()
			return
		}
	}
}

// ask says what could be used, now or at any time since the last update. What is not wanted is
// given up before it is said.
func (b *Budget) ask() (in contract.LeaseIn, idle bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.lease
	l.asked, l.peak = l.peak, b.demand()
	l.slots = min(l.slots, l.asked.Sum())
	l.reported = max(l.slots, b.used.Sum())
	wanted := l.asked.Sum()+l.reported+l.refused > 0
	if !wanted && !l.known {
		l.keeping = false
		return in, true
	}
	in = l.update(b.cap)
	in.Quiet = max(time.Until(b.pausedUntil), 0)
	l.known, l.refused = true, 0
	return in, false
}

// update is the next one that says how things are.
func (l *lease) update(most int) contract.LeaseIn {
	l.seq++
	return contract.LeaseIn{Process: l.all.Process, Seq: l.seq, Cap: most, Holds: l.reported, Wants: l.asked, Refused: l.refused}
}

// heed takes over the lender's answer.
func (b *Budget) heed(sent time.Time, in contract.LeaseIn, out contract.LeaseOut) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.lease
	l.slots, l.held, l.reported = out.Slots, out.Held, max(in.Holds, out.Slots)
	l.known = l.reported+in.Wants.Sum() > 0
	b.pauseUntil(time.Now().Add(out.Quiet))
	if out.For > 0 {
		l.until, l.last = sent.Add(out.For), sent.Add(out.For/2)
		b.guard()
	}
	b.hand()
}

// unheard remembers what the lender may not have heard.
func (b *Budget) unheard(in contract.LeaseIn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lease.refused += in.Refused
}

// guard sees to it that the requests end with the lease.
func (b *Budget) guard() {
	l := b.lease
	if l.lapsing == nil || l.lapsing.Err() != nil {
		l.lapsing, l.lapse = context.WithCancel(context.Background())
	}
	if l.timer == nil {
		l.timer = time.AfterFunc(time.Until(l.until), b.end)
		return
	}
	l.timer.Reset(time.Until(l.until))
}

// end cuts off what is under way, unless the lease was renewed just now. The lender has
// forgotten it too.
func (b *Budget) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.lease; !time.Now().Before(l.until) {
		l.slots = 0
		l.lapse()
	}
}

// giveBack tells the lender that this process is done.
func (b *Budget) giveBack() {
	b.mu.Lock()
	l := b.lease
	l.slots, l.asked, l.reported = 0, contract.Turns{}, b.used.Sum()
	in := l.update(b.cap)
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), giveBackWithin)
	defer cancel()
	_, _ = l.all.Lender.Lease(ctx, l.key.account, l.key.host, in) // else the lease ends by itself
}
