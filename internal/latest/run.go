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
//	uvarint length of key · key · uvarint length of rank · rank · varint tag · shape · uvarint length of body · body
//
// with the variable-length integers of encoding/binary. Of a shape stands there one of
//
//	0                                 the body is the row
//	1                                 the row is packed in the shape of the packed one before it
//	2 · uvarint length of text · text the row is packed in this shape
//
// Sets of which Shaped is not set were made before there were shapes, and have none. Runs that stay
// are in blocks of whole rows, each of which can be read without those before.
const (
	bodyIsRow = iota
	shapeAsBefore
	shapeFollows
)

// appendHead appends what stands before the shape.
func appendHead(dst []byte, r Row) []byte {
	dst = append(binary.AppendUvarint(dst, uint64(len(r.Key))), r.Key...)
	dst = append(binary.AppendUvarint(dst, uint64(len(r.Rank))), r.Rank...)
	return binary.AppendVarint(dst, int64(r.Tag))
}

// runWriter stages one run.
type runWriter struct {
	dst   *staging.Writer
	row   []byte
	rows  int64
	bytes int64
	giant int64 // bytes of the largest row that is larger than usual

	block int    // bytes of the block that has not ended
	key   []byte // of its last row
	shape *shape // of its last packed one
}

// blockBytes is how much is passed over at a time where a table is only looked up (tables.open). With
// the row that ends it, it is one block of zstd, which has at most 128 KiB: two cost more. A variable
// for tests.
var blockBytes = 120 << 10

// creator begins staged objects: CreateBlocks or CreateScratch of a stage.
type creator func(ctx context.Context, prefix string) (*staging.Writer, error)

func newRunWriter(ctx context.Context, create creator, prefix string) (*runWriter, error) {
	dst, err := create(ctx, prefix)
	if err != nil {
		return nil, err
	}
	return &runWriter{dst: dst}, nil
}

// write takes one row: its head in run form, and its body, which is packed if there is a shape.
func (w *runWriter) write(head []byte, s *shape, body []byte) error {
	raw := uint64(len(body))
	if s != nil {
		raw, _ = binary.Uvarint(body)
	}
	w.rows, w.bytes = w.rows+1, w.bytes+int64(raw)
	if raw > giant {
		w.giant = max(w.giant, int64(raw))
	}
	w.row = binary.AppendUvarint(w.appendShape(append(w.row[:0], head...), s), uint64(len(body)))
	for _, part := range [...][]byte{w.row, body} {
		if _, err := w.dst.Write(part); err != nil {
			return err
		}
	}
	length, at := binary.Uvarint(head)
	w.key, w.block = append(w.key[:0], head[at:at+int(length)]...), w.block+len(w.row)+len(body)
	if w.block < blockBytes {
		return nil
	}
	return w.endBlock()
}

func (w *runWriter) appendShape(dst []byte, s *shape) []byte {
	switch {
	case s == nil:
		return append(dst, bodyIsRow)
	case w.shape != nil && w.shape.same(s):
		return append(dst, shapeAsBefore)
	}
	w.shape = s
	return append(binary.AppendUvarint(append(dst, shapeFollows), uint64(len(s.text))), s.text...)
}

// endBlock labels a block by its greatest key.
func (w *runWriter) endBlock() error {
	w.block, w.shape = 0, nil
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
	return part{ref: ref, rows: w.rows, bytes: w.bytes, giant: w.giant}, err
}

// part is a run with its counts; without rows there is no object.
type part struct {
	ref                contract.Ref
	rows, bytes, giant int64
}

// add appends the part to the set.
func (s *Set) add(p part) {
	if p.rows == 0 {
		return
	}
	s.Shaped = true
	s.Runs = append(s.Runs, p.ref)
	s.Rows, s.Bytes, s.Giant = s.Rows+p.rows, s.Bytes+p.bytes, max(s.Giant, p.giant)
}
