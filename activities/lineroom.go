package activities

import (
	"context"
	"errors"
	"fmt"
)

// lineForms is how often reading holds a line that is larger than usual: as it came, with where it is from,
// among the rows that are sorted, where the one before it is still, and a copy while it grows. With a name twice
// in it it is decoded instead, which holds as much.
const lineForms = 5

// withLineRoom has a step read leaves, within feedWeight and room for the largest line that it meets. Room that is
// not free is not waited for with memory in hand, as others may wait for that: the reading ends, and
// begins again when there is so much. What is in the ledger by then is not read again.
func (a *Run) withLineRoom(ctx context.Context, read func(room func(bytes int64) error) error) error {
	for room := int64(0); ; {
		err := a.readWithin(ctx, room, read)
		var more *noLineRoom
		if !errors.As(err, &more) {
			return err
		}
		room = more.bytes
	}
}

// readWithin reads with so much room for large lines, and as much more as is free when it is needed.
func (a *Run) readWithin(ctx context.Context, room int64, read func(room func(bytes int64) error) error) error {
	release, err := hold(ctx, a.Memory, feedWeight+room)
	if err != nil {
		return err
	}
	defer release()
	held := room
	defer func() { a.Memory.Release(held - room) }()
	return read(func(bytes int64) error {
		need := min(lineForms*bytes, max(a.Room-feedWeight, 0))
		if need > held && !a.Memory.TryAcquire(need-held) {
			return &noLineRoom{need}
		}
		held = max(held, need)
		return nil
	})
}

// noLineRoom ends a reading that meets a line for which no memory is free.
type noLineRoom struct{ bytes int64 }

// Error implements error.
func (e *noLineRoom) Error() string {
	return fmt.Sprintf("no %d bytes of memory are free for a large line", e.bytes)
}
