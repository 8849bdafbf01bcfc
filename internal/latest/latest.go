// Package latest finds the latest row of every key: of many rows with one key that of the greatest
// rank. Sets of rows, one a leaf, are sorted objects in the store that are read side by side, so
// memory does not grow with them.
//
//	s := latest.New(stage, "leaves/17", latest.Options{})
//	defer s.Abort()
//	s.Add(ctx, key, rank, raw)                     // in any order, from many goroutines
//	set, err := s.Finish(ctx)                      // a small value: keep it with the leaf
//	for change, err := range latest.Changes(ctx, stage, "scratch/17", before, after) { … }
//
// Keys, ranks and rows are bytes to it: what they mean is the caller's.
package latest

import (
	"transporter/internal/contract"
	"transporter/internal/fault"
)

// Row is one row of a set. Its bytes are valid until the next.
type Row struct {
	Key  []byte
	Rank []byte // of the rows with one key that of the greatest, as bytes, counts
	Raw  []byte
	Tag  int32 // the leaf it is of, as the caller numbers leaves
}

// Set refers to rows in ascending order of keys, in the store. It is small and has a JSON form.
type Set struct {
	Runs  []contract.Ref `json:"runs,omitempty"` // one after the other: the keys of each are above those before
	Rows  int64          `json:"rows"`           // in it
	Added int64          `json:"added"`          // that it was made of
	Bytes int64          `json:"bytes"`          // of the Raw of its rows

	// Giant is the size of the largest row, if that is more than readers of usual rows hold.
	Giant int64 `json:"giant,omitempty"`

	// Mixed says that the rows are of several leaves and carry their tags, and that there may be
	// several with one key, the greatest rank first.
	Mixed bool `json:"mixed,omitempty"`

	// Shaped says that rows may be packed in the shape that they have in common.
	Shaped bool `json:"shaped,omitempty"`
}

// Ranges returns the set in parts, one after the other in the order of keys, that may be read side
// by side.
func (s Set) Ranges() (parts []Set) {
	for _, run := range s.Runs {
		parts = append(parts, Set{Runs: []contract.Ref{run}, Mixed: s.Mixed, Shaped: s.Shaped})
	}
	return parts
}

// Tagged is a set as one of several.
type Tagged struct {
	Set

	Tag     int32   // of all its rows; of a mixed set each has its own
	Without []int32 // tags of the rows that do not count any more: their leaf is there anew, or gone
}

const (
	// maxRow bounds one row; nothing a platform exports comes near.
	maxRow = 64 << 20
	// maxKey bounds a key with its rank: a merge holds one of each open set in memory.
	maxKey = 1<<16 - 1
	// giant is how large a row is that whoever reads it must have room for.
	giant = 1 << 20
)

// check refuses what could not be read back in constant memory.
func (r Row) check() error {
	if len(r.Key) > 0 && len(r.Key)+len(r.Rank) <= maxKey && len(r.Raw) <= maxRow {
		return nil
	}
	return fault.New(fault.SchemaMismatch, "add row: it needs a key, which has with its rank at most %d bytes, and at most %d bytes; it has %d and %d",
		maxKey, maxRow, len(r.Key)+len(r.Rank), len(r.Raw))
}
