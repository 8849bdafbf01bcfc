package temporalx

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Many who ask at once cost two questions: that under way when they came, and one more,
// which sees all that was written before they asked.
func TestTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written, asked atomic.Int64
		shared := together[int64]{ask: func(context.Context, string) (int64, error) {
			asked.Add(1)
			read := written.Load()
			time.Sleep(time.Second) // the answer is under way
			return read, nil
		}}
		first := make(chan int64, 1)
		go func() {
			v, _ := shared.get(t.Context(), "acme")
			first <- v
		}()
		synctest.Wait()
		written.Store(7)
		rest := make(chan int64, 100)
		for range cap(rest) {
			go func() {
				v, _ := shared.get(t.Context(), "acme")
				rest <- v
			}()
		}
		require.Zero(t, <-first)
		for range cap(rest) {
			require.Equal(t, int64(7), <-rest, "never older than the call")
		}
		require.Equal(t, int64(2), asked.Load())
		_, _ = shared.get(t.Context(), "other")
		require.Equal(t, int64(3), asked.Load(), "others are asked for themselves")
		synctest.Wait()
		require.Empty(t, shared.turns, "nothing is kept")
	})
}

// A caller that gives up takes nobody with it; an error is everybody's.
func TestTogetherOutlivesItsCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("down")
		shared := together[int]{ask: func(ctx context.Context, _ string) (int, error) {
			time.Sleep(time.Second)
			return 0, errors.Join(down, ctx.Err())
		}}
		hasty, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error, 1)
		go func() {
			_, err := shared.get(hasty, "acme")
			gaveUp <- err
		}()
		synctest.Wait()
		patient := make(chan error, 1)
		go func() {
			_, err := shared.get(t.Context(), "acme")
			patient <- err
		}()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-gaveUp, context.Canceled)
		err := <-patient
		require.ErrorIs(t, err, down)
		require.NotErrorIs(t, err, context.Canceled)
	})
}
