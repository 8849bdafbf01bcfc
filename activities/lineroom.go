package activities

import "context"

// lineForms is how often reading holds a line that is larger than usual: as it came, with where it is from,
// among the rows that are sorted, where the one before it is still, and a copy while it grows. With a name twice
// in it it is decoded instead, which holds as much.
const lineForms = 5

// withLineRoom has a step read leaves, within feedWeight and room for the largest line that it meets.
func (a *Run) withLineRoom(ctx context.Context, read func(room func(bytes int64) error) error) error {
	return a.within(ctx, feedWeight, func(more func(bytes int64) error) error {
		return read(func(bytes int64) error { return more(lineForms * bytes) })
	})
}
