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
	// maxRecord bounds one record; nothing a platform serves in a page comes near.
	maxRecord = 64 << 20
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
	b.data = binary.AppendVarint(b.data, r.Order)
	b.data = binary.AppendVarint(b.data, r.FetchedAt)
	b.data = binary.AppendUvarint(b.data, uint64(len(r.ID)))
	e.idStart = len(b.data)
	b.data = append(b.data, r.ID...)
	e.idEnd = len(b.data)
	b.data = binary.AppendUvarint(b.data, uint64(len(r.Raw)))
	b.data = append(b.data, r.Raw...)
	e.end = len(b.data)
	b.entries = append(b.entries, e)
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

// runReader reads a run record by record.
type runReader struct {
	key    string
	src    io.ReadCloser
	in     *bufio.Reader
	record source.Record // valid until next
	raw    []byte
}

func (s *Stage) openRun(ctx context.Context, ref contract.Ref) (*runReader, error) {
	src, err := s.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	return &runReader{key: ref.Key, src: src, in: bufio.NewReaderSize(src, readAhead)}, nil
}

// next reads the following record; io.EOF means that the run was whole.
func (r *runReader) next() error {
	order, err := binary.ReadVarint(r.in)
	if err != nil {
		return r.damage(err, true)
	}
	fetchedAt, err := binary.ReadVarint(r.in)
	if err != nil {
		return r.damage(err, false)
	}
	if err := r.field(); err != nil {
		return err
	}
	id := string(r.raw)
	if err := r.field(); err != nil {
		return err
	}
	r.record = source.Record{Order: order, ID: id, Raw: r.raw, FetchedAt: fetchedAt}
	return nil
}

// field reads a length and that many bytes into raw.
func (r *runReader) field() error {
	n, err := binary.ReadUvarint(r.in)
	if err != nil {
		return r.damage(err, false)
	}
	if n > maxRecord {
		return r.damage(errors.New("field too long"), false)
	}
	r.raw = slices.Grow(r.raw[:0], int(n))[:n]
	if _, err := io.ReadFull(r.in, r.raw); err != nil {
		return r.damage(err, false)
	}
	return nil
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
