package latest

import (
	"context"
	"encoding/binary"

	"transporter/internal/contract"
	"transporter/internal/staging"
)

// A run is a staged object of rows in ascending order of keys, of one key the greatest rank
// first, each one
//
//	uvarint length of key · key · uvarint length of rank · rank · varint tag · uvarint length of raw · raw
//
// with the variable-length integers of encoding/binary. Runs that stay are in blocks of whole rows.

// appendHead appends what stands before the raw bytes.
func appendHead(dst []byte, r Row) []byte {
	dst = append(binary.AppendUvarint(dst, uint64(len(r.Key))), r.Key...)
	dst = append(binary.AppendUvarint(dst, uint64(len(r.Rank))), r.Rank...)
	dst = binary.AppendVarint(dst, int64(r.Tag))
	return binary.AppendUvarint(dst, uint64(len(r.Raw)))
}

// runWriter stages one run.
type runWriter struct {
	dst   *staging.Writer
	row   []byte
	rows  int64
	bytes int64

	block int    // bytes of the block that has not ended
	key   []byte // of its last row
}

// blockBytes is how much is passed over at a time where a table is only looked up (tables.open): a
// variable for tests.
var blockBytes = 128 << 10

// creator begins staged objects: CreateBlocks or CreateScratch of a stage.
type creator func(ctx context.Context, prefix string) (*staging.Writer, error)

func newRunWriter(ctx context.Context, create creator, prefix string) (*runWriter, error) {
	dst, err := create(ctx, prefix)
	if err != nil {
		return nil, err
	}
	return &runWriter{dst: dst}, nil
}

// write takes one row.
func (w *runWriter) write(r Row) error {
	w.row = append(appendHead(w.row[:0], r), r.Raw...)
	return w.copied(w.row, len(r.Raw))
}

// copied takes a row that is in run form and has so many raw bytes.
func (w *runWriter) copied(row []byte, raw int) error {
	w.rows, w.bytes = w.rows+1, w.bytes+int64(raw)
	if _, err := w.dst.Write(row); err != nil {
		return err
	}
	length, at := binary.Uvarint(row)
	w.key, w.block = append(w.key[:0], row[at:at+int(length)]...), w.block+len(row)
	if w.block < blockBytes {
		return nil
	}
	return w.endBlock()
}

// endBlock labels a block by its greatest key.
func (w *runWriter) endBlock() error {
	w.block = 0
	return w.dst.EndBlock(w.key)
}

// commit returns what was written once it is safe in the store: nothing at all for no rows.
func (w *runWriter) commit(ctx context.Context) (part, error) {
	if w.rows == 0 {
		w.dst.Abort()
		return part{}, nil
	}
	if w.block > 0 {
		if err := w.endBlock(); err != nil {
			return part{}, err
		}
	}
	ref, err := w.dst.Commit(ctx)
	return part{ref: ref, rows: w.rows, bytes: w.bytes}, err
}

// part is a run with its counts; without rows there is no object.
type part struct {
	ref         contract.Ref
	rows, bytes int64
}

// add appends the part to the set.
func (s *Set) add(p part) {
	if p.rows == 0 {
		return
	}
	s.Runs = append(s.Runs, p.ref)
	s.Rows, s.Bytes = s.Rows+p.rows, s.Bytes+p.bytes
}
