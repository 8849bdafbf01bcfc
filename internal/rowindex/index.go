// Package rowindex remembers which rows a set of them had, by row key and hash, and tells
// how another set differs: what is the same, added, changed and removed. Both sides are
// sorted objects in the store that are read side by side, so memory does not grow with them.
//
//	w := rowindex.New(stage, "rows/acme/17", 0)
//	w.Add(ctx, rowindex.Entry{Key: "c1:m7", Hash: rowindex.Sum(row)})
//	now, err := w.Finish(ctx)                     // a small value: keep it with the delivery
//	for change, err := range rowindex.Diff(rowindex.Read(ctx, stage, before), rowindex.Read(ctx, stage, now)) { … }
//
// It knows nothing of reports and windows: a set is whatever its caller delivers as one.
package rowindex

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"iter"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/staging"
)

// hashBytes of the SHA-256 identify the content of a row, as in the column _row_hash.
const hashBytes = 16

// Hash identifies the content of a row.
type Hash [hashBytes]byte

// Sum returns the hash of a row in its canonical form: the first half of its SHA-256.
func Sum(row []byte) (h Hash) {
	sum := sha256.Sum256(row)
	copy(h[:], sum[:])
	return h
}

// Maker stands for the record that a row is made of: so much of the hash of its ID that few share it by
// chance. Zero: nothing is known of it, as in indexes of earlier releases.
type Maker [8]byte

// MakerOf returns that of the record.
func MakerOf(id string) (m Maker) {
	sum := sha256.Sum256([]byte(id))
	copy(m[:], sum[:])
	return m
}

// Entry is one row of a set.
type Entry struct {
	Key  string // of the row, unique in the set; not empty
	Hash Hash
	Rev  int64 // how often the key was exported with other content than before
	Row  int64 // the row's place in the set, from 0

	// Removed is when the row was found to be gone, in epoch milliseconds; zero: it is there.
	// The entry stays, so that a row that comes back goes on counting.
	Removed int64

	Maker Maker
}

// Index refers to the entries of one set. It is small and has a JSON form.
type Index struct {
	Runs    []contract.Ref `json:"runs,omitempty"`
	Entries int64          `json:"entries"` // rows that are there and rows that are gone
}

// Writer collects the entries of a set, in any order. It is not safe for concurrent use.
// Exactly one of Finish and Abort ends it.
type Writer struct {
	sorter *staging.Sorter
	raw    []byte
	n      int64
}

// New returns an empty one whose objects lie below the prefix. It holds so many bytes in
// memory; zero: 8 MiB.
func New(stage *staging.Stage, prefix string, hold int) *Writer {
	return &Writer{sorter: stage.Sorter(prefix, hold)}
}

// Add takes one entry.
func (w *Writer) Add(ctx context.Context, e Entry) error {
	w.raw = append(w.raw[:0], e.Hash[:]...)
	for _, n := range []int64{e.Rev, e.Row, e.Removed} {
		w.raw = binary.AppendVarint(w.raw, n)
	}
	w.raw = append(w.raw, e.Maker[:]...)
	w.n++
	return w.sorter.Add(ctx, source.Record{ID: e.Key, Raw: w.raw})
}

// Finish returns the index once all of it is safe in the store.
func (w *Writer) Finish(ctx context.Context) (Index, error) {
	runs, err := w.sorter.Finish(ctx)
	return Index{Runs: runs, Entries: w.n}, err
}

// Abort drops what was collected; after Finish it does nothing.
func (w *Writer) Abort() { w.sorter.Abort() }

// ErrRepeated is that rows have a key that another row has too: nobody could tell which of them changed.
var ErrRepeated = errors.New("have a row key that another row has too")

// Read yields the entries in ascending key order. Two rows with one key are fault.SchemaMismatch and
// ErrRepeated at the end.
func Read(ctx context.Context, stage *staging.Stage, index Index) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		n := int64(0)
		for r, err := range stage.Sorted(ctx, index.Runs) {
			var e Entry
			if err == nil {
				e, err = decode(r)
			}
			if !yield(e, err) || err != nil {
				return
			}
			n++
		}
		if n != index.Entries {
			yield(Entry{}, fault.New(fault.SchemaMismatch, "%d of %d rows %w", index.Entries-n, index.Entries, ErrRepeated).
				WithFix("such rows cannot be told apart later: have the source's records looked at, or deliver the window once more as a whole: starter task run --rerun"))
		}
	}
}

func decode(r source.Record) (Entry, error) {
	e := Entry{Key: r.ID}
	rest := r.Raw[copy(e.Hash[:], r.Raw):]
	for _, field := range []*int64{&e.Rev, &e.Row, &e.Removed} {
		n, size := binary.Varint(rest)
		if size <= 0 {
			return e, fault.New(fault.Corrupt, "read row index: the entry of a key ends too early")
		}
		*field, rest = n, rest[size:]
	}
	copy(e.Maker[:], rest)
	return e, nil
}

// String is the hash as the column _row_hash has it.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }
