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
// with the variable-length integers of encoding/binary.

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
}

// creator begins staged objects: Create or CreateScratch of a stage.
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
	_, err := w.dst.Write(row)
	return err
}

// commit returns what was written once it is safe in the store: nothing at all for no rows.
func (w *runWriter) commit(ctx context.Context) (part, error) {
	if w.rows == 0 {
		w.dst.Abort()
		return part{}, nil
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
