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

// Clocked is a Door whose storage says what time it is.
type Clocked interface {
	Door
	// Ahead returns by how much the storage's clock was ahead of this machine's at its last answer,
	// negative if behind; zero until there is one.
	Ahead() time.Duration
}
