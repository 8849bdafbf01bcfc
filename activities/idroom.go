package activities

import "context"

// idRoom is what fetchWeight has for the IDs of slices that are being read, in bytes: those of usual size.
const idRoom = 16 << 20

// withIDRoom has a step read a source, within fetchWeight and room for the IDs that the slices which are open
// have seen: some sources answer a window of any size in one piece. Room is asked for twice as much at a
// time, so that a reading which has to begin again does so a few times at most.
func (a *Run) withIDRoom(ctx context.Context, read func(room func(bytes int64) error) error) error {
	return a.within(ctx, fetchWeight, func(more func(bytes int64) error) error {
		return read(func(bytes int64) error {
			need := int64(0)
			for all := int64(idRoom); all < bytes; all *= 2 {
				need = 2*all - idRoom
			}
			return more(need)
		})
	})
}
