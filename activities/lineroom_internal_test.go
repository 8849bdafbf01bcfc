package activities

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/semaphore"
)

// A reading takes what is free for larger lines as it meets them; what is not free it waits for with nothing in
// hand, and all of it is given back.
func TestRoomForLargeLines(t *testing.T) {
	t.Parallel()
	const all = 2*feedWeight + 30<<20
	a := &Run{Memory: semaphore.NewWeighted(all), Room: all}
	require.NoError(t, a.Memory.Acquire(t.Context(), feedWeight)) // another step
	began := 0
	err := a.withLineRoom(t.Context(), func(room func(bytes int64) error) error {
		if began++; began == 1 {
			require.NoError(t, room(2<<20), "10 MiB are free")
			require.NoError(t, room(4<<20), "and 10 more")
			err := room(8 << 20)
			require.Error(t, err, "20 more are not")
			require.True(t, a.Memory.TryAcquire(10<<20), "what is free is left to others")
			a.Memory.Release(10<<20 + feedWeight) // the other step has ended
			return fmt.Errorf("read a file: %w", err)
		}
		require.False(t, a.Memory.TryAcquire(all-feedWeight-lineForms*8<<20+1), "it begins with room for that line")
		require.NoError(t, room(8<<20))
		require.NoError(t, room(64<<20), "never more than there is")
		require.False(t, a.Memory.TryAcquire(1))
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 2, began)
	require.True(t, a.Memory.TryAcquire(all), "all is given back")
	a.Memory.Release(all)

	red := errors.New("red")
	require.Equal(t, red, a.withLineRoom(t.Context(), func(func(bytes int64) error) error { return red }), "other errors end it")
}
