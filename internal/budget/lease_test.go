package budget

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
)

// lender answers as the test says and remembers what it was told.
type lender struct {
	mu    sync.Mutex
	told  []contract.LeaseIn
	slots int
	held  int
	quiet time.Duration
	down  bool
}

func (l *lender) Lease(ctx context.Context, account, host string, in contract.LeaseIn) (contract.LeaseOut, error) {
	time.Sleep(10 * time.Millisecond) // on its way
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down || ctx.Err() != nil {
		return contract.LeaseOut{}, errors.New("nobody answers")
	}
	l.told = append(l.told, in)
	out := contract.LeaseOut{Slots: min(l.slots, in.Wants.Sum()), Again: 2 * time.Second, Quiet: l.quiet, Held: l.held}
	if max(out.Slots, in.Holds) > 0 {
		out.For = 20 * time.Second
	}
	return out, nil
}

func (l *lender) set(change func(*lender)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(l)
}

func (l *lender) last() contract.LeaseIn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.told[len(l.told)-1]
}

func (l *lender) updates() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.told)
}

func leased(slots int) (*Budgets, *lender) {
	l := &lender{slots: slots}
	return &Budgets{Lender: l, Process: "me"}, l
}

var six = Limits{Concurrent: 6, PerSecond: 1000}

// start begins requests and returns a channel of those that began.
func start(t *testing.T, b *Budget, turn contract.Turn, n int) chan func() {
	began := make(chan func(), n)
	for range n {
		go func() {
			if _, end, err := b.Acquire(t.Context(), request(turn)); err == nil {
				began <- end
			}
		}()
	}
	return began
}

func TestLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, l := leased(4)
		b := all.Of("a", "h", six, time.Now())
		began := start(t, b, contract.TurnScheduled, 9)
		time.Sleep(time.Second)
		require.Len(t, began, 4, "so many are lent")
		require.Equal(t, contract.LeaseIn{Process: "me", Seq: l.last().Seq, Cap: 6, Holds: l.last().Holds, Wants: contract.Turns{contract.TurnScheduled: 9}}, l.last())
		require.LessOrEqual(t, l.last().Seq, int64(2), "as many updates as there was news")
		for range 9 {
			(<-began)()
		}
		time.Sleep(10 * time.Second)
		require.Zero(t, l.last().Holds)
		require.Zero(t, l.last().Wants, "nothing is wanted: everything is given back")
		told := l.updates()
		time.Sleep(time.Minute)
		require.Equal(t, told, l.updates(), "and nobody is asked any more")
		(<-start(t, b, contract.TurnScheduled, 1))()
		time.Sleep(10 * time.Second)
	})
}

// Slots that are taken back are free when their requests have ended, and the lender hears of
// it at once.
func TestTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, l := leased(6)
		b := all.Of("a", "h", six, time.Now())
		began := start(t, b, contract.TurnBackfill, 9)
		time.Sleep(time.Second)
		require.Len(t, began, 6)
		l.set(func(l *lender) { l.slots = 2 })
		time.Sleep(2 * time.Second)
		require.Equal(t, 6, l.last().Holds)
		told := l.updates()
		for range 3 {
			(<-began)()
		}
		time.Sleep(100 * time.Millisecond)
		require.Len(t, began, 3, "no further one begins")
		require.Equal(t, told, l.updates())
		(<-began)()
		time.Sleep(100 * time.Millisecond)
		require.Equal(t, told+1, l.updates())
		require.Equal(t, 2, l.last().Holds)
		all.Close(t.Context())
	})
}

// A process that has slots for a scheduled run, and nothing to send of it for a moment, begins no
// request of a backfill in them while others have use for all, from the next renewal on.
func TestHeldTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, l := leased(6)
		b := all.Of("a", "h", six, time.Now())
		live, past := start(t, b, contract.TurnScheduled, 9), start(t, b, contract.TurnBackfill, 9)
		time.Sleep(time.Second)
		require.Len(t, live, 6)
		end := <-live
		l.set(func(l *lender) { l.held = 1 })
		time.Sleep(2 * time.Second)
		for range 8 {
			end()
			end = <-live
		}
		end()
		time.Sleep(time.Second)
		require.Empty(t, past, "six slots are lent, and none is used")
		l.set(func(l *lender) { l.held = 0 })
		time.Sleep(2 * time.Second)
		require.Len(t, past, 6, "nobody else has use for them any more")
		for range 9 {
			(<-past)()
		}
		all.Close(t.Context())
	})
}

// A lender that does not answer: nothing begins when half of the lease has passed, and what
// is under way ends with it. When it answers again, things go on.
func TestLapse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, l := leased(6)
		b := all.Of("a", "h", six, time.Now())
		ctx, end, err := b.Acquire(t.Context(), request(contract.TurnScheduled))
		require.NoError(t, err)
		began, other := time.Now(), running(t, b, contract.TurnScheduled)
		l.set(func(l *lender) { l.down = true })
		time.Sleep(9 * time.Second)
		other()
		other = running(t, b, contract.TurnScheduled)
		time.Sleep(2 * time.Second)
		other()
		late := start(t, b, contract.TurnScheduled, 1)
		<-ctx.Done()
		require.Equal(t, 20*time.Second, time.Since(began).Round(time.Second))
		require.ErrorIs(t, context.Cause(ctx), ErrLapsed)
		end()
		time.Sleep(time.Minute)
		require.Empty(t, late)
		l.set(func(l *lender) { l.down = false })
		(<-late)()
		ctx, end, err = b.Acquire(t.Context(), request(contract.TurnScheduled))
		require.NoError(t, err)
		time.Sleep(time.Minute)
		require.NoError(t, ctx.Err(), "it is renewed")
		end()
		all.Close(t.Context())
	})
}

// A refusal is told at once, and again when that was not heard; a pause that another process
// was asked for holds here too.
func TestRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, l := leased(6)
		b := all.Of("a", "h", six, time.Now())
		end := running(t, b, contract.TurnScheduled)
		l.set(func(l *lender) { l.down = true })
		b.Refused(time.Now().Add(30 * time.Second))
		b.Refused(time.Now().Add(20 * time.Second))
		time.Sleep(5 * time.Second)
		l.set(func(l *lender) { l.down, l.quiet = false, time.Minute })
		time.Sleep(2 * time.Second)
		require.Equal(t, 2, l.last().Refused)
		require.InDelta(t, 24*time.Second, l.last().Quiet, float64(2*time.Second))
		time.Sleep(3 * time.Second)
		require.Zero(t, l.last().Refused, "once")
		began := time.Now()
		l.set(func(l *lender) { l.quiet = 0 })
		running(t, b, contract.TurnScheduled)()
		require.Greater(t, time.Since(began), 50*time.Second)
		end()
		all.Close(t.Context())
	})
}

// A worker that stops gives everything back.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, l := leased(6)
		running(t, all.Of("a", "h", six, time.Now()), contract.TurnScheduled)()
		all.Close(t.Context())
		require.Equal(t, contract.LeaseIn{Process: "me", Seq: l.last().Seq, Cap: 6}, l.last())
	})
}
