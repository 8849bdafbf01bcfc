package budget

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
)

var ample = Limits{Concurrent: 2, PerSecond: 1000}

func request(turn contract.Turn) Request {
	return Request{Turn: turn, Now: time.Now, Sleep: func(ctx context.Context, d time.Duration) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

// running begins a request and returns how it is ended.
func running(t *testing.T, b *Budget, turn contract.Turn) (end func()) {
	t.Helper()
	_, end, err := b.Acquire(t.Context(), request(turn))
	require.NoError(t, err)
	return end
}

func TestAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all Budgets
		b := all.Of("a", "h", ample, time.Now())
		require.Same(t, b, all.Of("a", "h", ample, time.Now()))
		require.NotSame(t, b, all.Of("a", "other", ample, time.Now()))
		first, second := running(t, b, contract.TurnScheduled), running(t, b, contract.TurnScheduled)
		began := make(chan contract.Turn, 3)
		for _, turn := range []contract.Turn{contract.TurnBackfill, contract.TurnScheduled, contract.TurnConnector} {
			go func() {
				running(t, b, turn)
				began <- turn
			}()
			synctest.Wait()
		}
		require.Empty(t, began, "there are two slots")
		first()
		require.Equal(t, contract.TurnConnector, <-began, "who came last, and is most urgent")
		second()
		require.Equal(t, contract.TurnScheduled, <-began)
		all.Of("a", "h", Limits{Concurrent: 3, PerSecond: 1000}, time.Now())
		require.Equal(t, contract.TurnBackfill, <-began, "the setting was raised")
		all.Close(t.Context())
	})
}

func TestGivingUpWaitingLosesNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := new(Budgets).Of("a", "h", Limits{Concurrent: 1, PerSecond: 1000}, time.Now())
		end := running(t, b, contract.TurnScheduled)
		told := 0
		hasty, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		r := request(contract.TurnScheduled)
		r.Waits = func(more int) { told = 10*told + 5 + more }
		_, _, err := b.Acquire(hasty, r)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 64, told, "that it waits, after a second, and that it does not any more")
		end()
		running(t, b, contract.TurnScheduled)()
	})
}

// A pause holds back requests that wait for a slot, and lets a more urgent one that comes
// meanwhile begin first.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := new(Budgets).Of("a", "h", Limits{Concurrent: 1, PerSecond: 1000}, time.Now())
		end, start := running(t, b, contract.TurnScheduled), time.Now()
		began := make(chan time.Duration)
		go func() {
			defer running(t, b, contract.TurnScheduled)()
			began <- time.Since(start)
		}()
		synctest.Wait()
		b.Refused(start.Add(30 * time.Second))
		end()
		require.Equal(t, 30*time.Second, (<-began).Truncate(time.Second))
	})
}
