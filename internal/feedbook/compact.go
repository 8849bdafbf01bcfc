package feedbook

import (
	"context"
	"fmt"

	"transporter/internal/latest"
)

var ( // variables for tests
	// mostMembers is from how many leaves on they are merged: what reads a table opens each.
	mostMembers = 60
	// fewest is how many of the newest leaves are left apart: they are what is exported anew.
	fewest = 24
)

// Compact merges the older leaves of a state that has many, and is not committed yet, into its
// base. No row is dropped: the next best one of its key counts when a leaf is exported anew. What
// it was made of stays until it is Unneeded.
func (b *Book) Compact(ctx context.Context, s *State) error {
	if len(s.Leaves) < mostMembers {
		return nil
	}
	old, keep := s.Leaves[:len(s.Leaves)-fewest], s.Leaves[len(s.Leaves)-fewest:]
	d := s.Delivery
	prefix := fmt.Sprintf("%s%s/%s/g%d/%08d", mergedFolder, d.Account, d.Task, d.Generation, s.Number)
	base := &Base{}
	var err error
	if base.Rows, err = latest.Compact(ctx, b.stage, prefix, (&State{Base: s.Base, Leaves: old}).Sets(false), latest.Keep); err != nil {
		return err
	}
	if s.Base != nil {
		base.Members, base.kept = s.Base.Members, s.Base.kept
	}
	for _, m := range old {
		base.Members = append(base.Members, Merged{Stamp: m.Stamp, Print: m.Print, Tag: m.Tag})
	}
	s.Base, s.Leaves = base, keep
	return nil
}
