package activities

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// within has a step work within so many bytes of memory, and within more of which it learns on its way: more
// is asked for all that is needed beyond them. Room that is not free is not waited for with memory in hand, as
// others may wait for that: the work ends, and begins again when there is so much. What it has committed by then
// is not done again.
func (a *Run) within(ctx context.Context, bytes int64, work func(more func(bytes int64) error) error) error {
	for room := int64(0); ; {
		err := a.withRoom(ctx, bytes, room, work)
		var short *noRoom
		if !errors.As(err, &short) {
			return err
		}
		room = short.bytes
	}
}

// withRoom works with so much room beyond the bytes, and as much more as is free when it is needed.
func (a *Run) withRoom(ctx context.Context, bytes, room int64, work func(more func(bytes int64) error) error) error {
	release, err := hold(ctx, a.Memory, bytes+room)
	if err != nil {
		return err
	}
	defer release()
	var asking sync.Mutex
	held := room
	defer func() { a.Memory.Release(held - room) }()
	return work(func(need int64) error {
		asking.Lock()
		defer asking.Unlock()
		need = min(need, max(a.Room-bytes, 0))
		if need > held && !a.Memory.TryAcquire(need-held) {
			return &noRoom{need}
		}
		held = max(held, need)
		return nil
	})
}

// noRoom ends work for which no memory is free.
type noRoom struct{ bytes int64 }

// Error implements error.
func (e *noRoom) Error() string {
	return fmt.Sprintf("no %d bytes of memory are free beyond those of the step", e.bytes)
}
