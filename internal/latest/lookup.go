package latest

import (
	"bytes"
	"context"
	"io"

	"transporter/internal/contract"
	"transporter/internal/staging"
)

// lookFrom is how many times more rows than there are in the other sets make it worth looking up keys
// in those that are in both tables: a variable for tests.
var lookFrom int64 = 20

// open opens the sets. Where few rows differ between the tables, those that are in both are only looked
// up: a key of theirs alone has changed nothing.
func (t *tables) open(ctx context.Context) (*merge, error) {
	var both, other int64
	looked := map[string]bool{}
	for i, set := range t.sets {
		if !t.members[i].same() {
			other += set.Rows
			continue
		}
		both += set.Rows
		for _, run := range set.Runs {
			looked[run.Key] = true
		}
	}
	reading := ahead(t.stage.Open)
	if both < lookFrom*other || both == 0 {
		return openMerge(ctx, reading, t.sets)
	}
	m, err := openMerge(ctx, func(ctx context.Context, ref contract.Ref) (io.ReadCloser, error) {
		if looked[ref.Key] {
			return t.stage.OpenBlocks(ctx, ref)
		}
		return reading(ctx, ref)
	}, t.sets)
	m.looked = func(number int) bool { return t.members[number].same() }
	return m, err
}

// same reports whether every row of the set counts in both tables, or in neither.
func (m member) same() bool { return m.was && m.now && m.wasWithout == nil && m.nowWithout == nil }

// lookUp moves to the first row whose key is not below that of the other reader; without one to the
// end. Blocks in which there is none are not decompressed.
func (r *reader) lookUp(ctx context.Context, other *reader) error {
	below := func(key []byte) bool { return other == nil || bytes.Compare(key, other.row.Key) < 0 }
	for {
		if blocks, ok := r.src.(*staging.Blocks); ok {
			skipped, err := blocks.Skip(below)
			if err != nil {
				return err
			}
			if skipped {
				r.in.Reset(blocks)
				r.left = 0
			}
		}
		if err := r.next(ctx); err != nil || !below(r.row.Key) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}
