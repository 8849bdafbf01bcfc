package latest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// readBuffer is what an open run reads ahead of clear bytes.
const readBuffer = 32 << 10

// opener opens staged objects: a stage, or one that is read ahead.
type opener func(context.Context, contract.Ref) (io.ReadCloser, error)

// reader reads a set row by row. The body of a row is left where it is until it is asked for, so
// that many open sets with giant rows need no more memory than others.
type reader struct {
	open   opener
	runs   []contract.Ref // not opened yet
	set    Tagged
	number int // its place among the sets: of equal rows the later counts

	key string // of the open object
	src io.ReadCloser
	in  *bufio.Reader

	row    Row // without Raw
	prefix prefix
	head   []byte // holds key and rank
	packed *shape // of the row; nil: its body is as it was
	shape  *shape // of the last row that was packed
	left   int    // bytes of its body that are still to be read
}

func newReader(open opener, set Tagged, number int) *reader {
	return &reader{open: open, runs: set.Runs, set: set, number: number, in: bufio.NewReaderSize(nil, readBuffer)}
}

// next moves to the following row that counts; io.EOF means that the set was whole.
func (r *reader) next(ctx context.Context) error {
	for {
		if err := r.step(ctx); err != nil {
			return err
		}
		if !slices.Contains(r.set.Without, r.row.Tag) {
			return nil
		}
	}
}

// step moves to the following row, if need be of the following run.
func (r *reader) step(ctx context.Context) error {
	for {
		if r.src == nil {
			if len(r.runs) == 0 {
				return io.EOF
			}
			if err := r.openNext(ctx); err != nil {
				return err
			}
		}
		err := r.readHead()
		if !errors.Is(err, io.EOF) {
			return err
		}
		if err := r.close(); err != nil {
			return err
		}
	}
}

func (r *reader) openNext(ctx context.Context) (err error) {
	ref := r.runs[0]
	if r.src, err = r.open(ctx, ref); err != nil {
		return err
	}
	r.key, r.runs, r.left = ref.Key, r.runs[1:], 0
	r.in.Reset(r.src)
	return nil
}

// readHead reads the next row up to its body; io.EOF is the end of the run.
func (r *reader) readHead() error {
	if _, err := r.in.Discard(r.left); err != nil {
		return r.damage(err)
	}
	r.left = 0
	if _, err := r.in.Peek(1); err != nil {
		return err // the end is the run's, at which the stage compared its hash
	}
	r.head = r.head[:0]
	if err := r.field(); err != nil {
		return err
	}
	key := len(r.head)
	if err := r.field(); err != nil {
		return err
	}
	tag, err := binary.ReadVarint(r.in)
	if err != nil {
		return r.damage(err)
	}
	if err := r.readShape(); err != nil {
		return err
	}
	length, err := binary.ReadUvarint(r.in)
	if err != nil || length > maxRow || r.packed != nil && length > readBuffer {
		return r.damage(err)
	}
	r.left = int(length)
	r.row = Row{Key: r.head[:key], Rank: r.head[key:], Tag: r.set.Tag}
	if r.set.Mixed {
		r.row.Tag = int32(tag)
	}
	r.prefix = prefixOf(r.row.Key)
	return nil
}

// field reads a length and that many bytes onto the end of head.
func (r *reader) field() error {
	n, err := binary.ReadUvarint(r.in)
	if err != nil || n > maxKey {
		return r.damage(err)
	}
	at := len(r.head)
	r.head = slices.Grow(r.head, int(n))[:at+int(n)]
	if _, err := io.ReadFull(r.in, r.head[at:]); err != nil {
		return r.damage(err)
	}
	return nil
}

// damage keeps what the stage said; anything else is a run that ends, or says nonsense, within a row.
func (r *reader) damage(err error) error {
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return fault.New(fault.Corrupt, "read run %s: it ends within a row", r.key)
}

func (r *reader) close() (err error) {
	if r.src != nil {
		err = r.src.Close()
	}
	r.src = nil
	return err
}

// before orders readers by the rows they are at: least key, greatest rank, greatest tag, later set.
func before(a, b *reader) bool {
	if a.prefix != b.prefix {
		return a.prefix.compare(b.prefix) < 0
	}
	if c := bytes.Compare(a.row.Key, b.row.Key); c != 0 {
		return c < 0
	}
	if c := bytes.Compare(a.row.Rank, b.row.Rank); c != 0 {
		return c > 0
	}
	if a.row.Tag != b.row.Tag {
		return a.row.Tag > b.row.Tag
	}
	return a.number > b.number
}
