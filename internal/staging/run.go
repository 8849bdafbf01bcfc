package staging

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/source"
)

// A run is a staged object of records in ascending (Order, ID), each one
//
//	varint order · varint fetchedAt · uvarint length of id · id · uvarint length of raw · raw
//
// with the variable-length integers of encoding/binary.

const (
	// runBytes is how much of a slice is collected in memory before it is sorted and staged.
	runBytes = 8 << 20
	// entryBytes is counted for the index entry of each record.
	entryBytes = 64
	// maxRecord bounds one record with its ID and what is put before it.
	maxRecord = source.MaxRecord + 4<<10
	// readAhead is the read buffer of an open run.
	readAhead = 32 << 10
)

// runBuffer collects records in their run form. It is reused from run to run.
type runBuffer struct {
	data    []byte
	entries []runEntry
}

// runEntry finds one record in the buffer.
type runEntry struct {
	order, fetchedAt int64
	start, end       int
	idStart, idEnd   int
}

func (b *runBuffer) size() int { return len(b.data) + entryBytes*len(b.entries) }

func (b *runBuffer) add(r source.Record) {
	e := runEntry{order: r.Order, fetchedAt: r.FetchedAt, start: len(b.data)}
	b.data = appendHead(b.data, r)
	e.idEnd = len(b.data) - uvarintLen(len(r.Raw))
	e.idStart = e.idEnd - len(r.ID)
	b.data = append(b.data, r.Raw...)
	e.end = len(b.data)
	b.entries = append(b.entries, e)
}

// appendHead appends all of a record's form that is before its bytes.
func appendHead(b []byte, r source.Record) []byte {
	b = binary.AppendVarint(b, r.Order)
	b = binary.AppendVarint(b, r.FetchedAt)
	b = binary.AppendUvarint(b, uint64(len(r.ID)))
	b = append(b, r.ID...)
	return binary.AppendUvarint(b, uint64(len(r.Raw)))
}

func uvarintLen(n int) int {
	var b [binary.MaxVarintLen64]byte
	return binary.PutUvarint(b[:], uint64(n))
}

// writeRecord writes one record, without a copy of its bytes.
func writeRecord(w io.Writer, r source.Record) error {
	if _, err := w.Write(appendHead(nil, r)); err != nil {
		return err
	}
	_, err := w.Write(r.Raw)
	return err
}

func (b *runBuffer) reset() { b.data, b.entries = b.data[:0], b.entries[:0] }

func (b *runBuffer) id(e runEntry) []byte { return b.data[e.idStart:e.idEnd] }

// write sorts the records and writes them, of two copies with the same order the later
// fetched one, of two fetched at once the later added.
func (b *runBuffer) write(w io.Writer) error {
	slices.SortFunc(b.entries, func(x, y runEntry) int {
		return cmp.Or(
			cmp.Compare(x.order, y.order),
			bytes.Compare(b.id(x), b.id(y)),
			cmp.Compare(y.fetchedAt, x.fetchedAt),
			cmp.Compare(y.start, x.start))
	})
	for i, e := range b.entries {
		if i > 0 && e.order == b.entries[i-1].order && bytes.Equal(b.id(e), b.id(b.entries[i-1])) {
			continue
		}
		if _, err := w.Write(b.data[e.start:e.end]); err != nil {
			return err
		}
	}
	return nil
}

// runReader reads a run record by record: first what orders it, and its bytes only when they are
// asked for, so that of many runs one holds a record.
type runReader struct {
	key    string
	src    io.ReadCloser
	in     *bufio.Reader
	record source.Record // without Raw; valid until next
	id     []byte
	unread int // bytes of the record that were not asked for
}

func (s *Stage) openRun(ctx context.Context, ref contract.Ref) (*runReader, error) {
	src, err := s.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	return &runReader{key: ref.Key, src: src, in: bufio.NewReaderSize(src, readAhead)}, nil
}

// next reads the head of the following record; io.EOF means that the run was whole.
func (r *runReader) next() error {
	if _, err := r.in.Discard(r.unread); err != nil {
		return r.damage(err, false)
	}
	order, err := binary.ReadVarint(r.in)
	if err != nil {
		return r.damage(err, true)
	}
	fetchedAt, err := binary.ReadVarint(r.in)
	if err != nil {
		return r.damage(err, false)
	}
	length, err := r.length()
	if err != nil {
		return err
	}
	if r.id, err = r.field(r.id, length); err != nil {
		return err
	}
	r.record = source.Record{Order: order, ID: string(r.id), FetchedAt: fetchedAt}
	r.unread, err = r.length()
	return err
}

// raw reads the bytes of the record, once, into the memory of dst.
func (r *runReader) raw(dst []byte) ([]byte, error) {
	n := r.unread
	r.unread = 0
	return r.field(dst, n)
}

func (r *runReader) length() (int, error) {
	n, err := binary.ReadUvarint(r.in)
	if err != nil {
		return 0, r.damage(err, false)
	}
	if n > maxRecord {
		return 0, r.damage(errors.New("field too long"), false)
	}
	return int(n), nil
}

func (r *runReader) field(dst []byte, n int) ([]byte, error) {
	dst = slices.Grow(dst[:0], n)[:n]
	if _, err := io.ReadFull(r.in, dst); err != nil {
		return dst, r.damage(err, false)
	}
	return dst, nil
}

// damage keeps what the stage said; an end between two records is the end of the run.
func (r *runReader) damage(err error, between bool) error {
	if between && errors.Is(err, io.EOF) {
		return io.EOF
	}
	var known *fault.Error
	if errors.As(err, &known) || !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return fault.New(fault.Corrupt, "read run %s: it ends within a record", r.key)
}

func (r *runReader) close() error { return r.src.Close() }
