package feed

import "time"

// Unmarked is a Door to exports that have no completion flag. A leaf of theirs is complete when its
// listing, sizes and times and all, was the same at two polls after Refreshed; until then it is in
// progress, whatever there is.
type Unmarked interface {
	Door
	// Refreshed returns from when on the export of the stamp's day can be whole.
	Refreshed(s Stamp) time.Time
}
