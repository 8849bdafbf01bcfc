package transform

import (
	"bytes"
	"context"
	"fmt"

	"transporter/internal/source"
)

// flushAt is how much of a part is collected before it is written: large enough to make
// calls of the writer rare, small enough to be nothing in memory.
const flushAt = 256 << 10

// parts writes a renderer's output, cut after every split source records, or when a part is full.
type parts struct {
	ctx      context.Context
	sink     PartSink
	renderer renderer
	of       string // the second file that is being written; empty: the report's own
	split    int64
	sparse   bool // records without rows are not in the part: they are in an earlier file
	open     PartWriter
	info     PartInfo
	done     PartInfo // sums over finished parts; Part is their number
	buf      []byte
}

// add renders one record into the current part. On a *badValue nothing of it stays.
func (p *parts) add(rec source.Record) error {
	err := p.put(func(dst []byte, first bool) ([]byte, int64, error) { return p.renderer.record(dst, rec, first) })
	if lost := p.renderer.tracker().settle(rec.ID, err == nil); err == nil {
		err = lost
	}
	return err
}

// addRemoved renders the row that says that one was removed; it counts as a record.
func (p *parts) addRemoved() error { return p.put(p.renderer.removed) }

func (p *parts) put(render func(dst []byte, first bool) ([]byte, int64, error)) error {
	if p.info.Entries == p.split || p.renderer.full() {
		if err := p.finish(); err != nil {
			return err
		}
		p.begin()
	}
	before := len(p.buf)
	buf, rows, err := render(p.buf, p.info.Rows == 0)
	p.buf = buf
	if err != nil {
		if p.buf = p.buf[:before]; cap(p.buf) > maxKept {
			p.buf = bytes.Clone(p.buf)
		}
		return err
	}
	if limit := p.renderer.maxRows(); limit > 0 && p.info.Rows+rows > limit {
		if err := p.overflow(before, rows, limit); err != nil {
			return err
		}
	}
	if rows > 0 || !p.sparse {
		p.info.Entries++
	}
	p.info.Rows += rows
	if len(p.buf) >= flushAt {
		return p.flush()
	}
	return nil
}

// overflow moves the rows of the last record, which begin at the offset, to a new part,
// because this one would hold more than the format's limit.
func (p *parts) overflow(at int, rows, limit int64) error {
	if rows > limit {
		p.buf = p.buf[:at]
		return &badValue{"", fmt.Sprintf("makes %d rows, and a file of this format holds %d", rows, limit)}
	}
	moved := bytes.Clone(p.buf[at:])
	p.buf = p.buf[:at]
	if err := p.finish(); err != nil {
		return err
	}
	p.begin()
	p.buf = append(p.buf, moved...)
	return nil
}

// begin starts the next part; it is created when its first bytes are written.
func (p *parts) begin() {
	p.info = PartInfo{Part: p.done.Part + 1, Of: p.of}
	p.buf = p.renderer.begin(p.buf[:0])
}

func (p *parts) flush() error {
	if p.open == nil {
		w, err := p.sink.Create(p.ctx, p.info.Part)
		if err != nil {
			return fmt.Errorf("create part %d: %w", p.info.Part, err)
		}
		p.open = w
	}
	if _, err := p.open.Write(p.buf); err != nil {
		return fmt.Errorf("write part %d: %w", p.info.Part, err)
	}
	if p.buf = p.buf[:0]; cap(p.buf) > maxKept {
		p.buf = nil
	}
	return nil
}

// maxKept is how large a buffer may stay after a giant record.
const maxKept = 4 << 20

// finish commits the current part. One without records is dropped, unless it is the
// only one.
func (p *parts) finish() error {
	if p.info.Entries == 0 && p.info.Part > 1 {
		return nil
	}
	var err error
	if p.buf, p.info.Tail, err = p.renderer.end(p.buf); err != nil {
		return fmt.Errorf("complete part %d: %w", p.info.Part, err)
	}
	if err := p.flush(); err != nil {
		return err
	}
	if err := p.open.Commit(p.ctx, p.info); err != nil {
		return fmt.Errorf("commit part %d: %w", p.info.Part, err)
	}
	p.open = nil
	p.done.Part, p.done.Entries, p.done.Rows = p.info.Part, p.done.Entries+p.info.Entries, p.done.Rows+p.info.Rows
	return nil
}

// abort drops the unfinished part, if any.
func (p *parts) abort() {
	if p.open != nil {
		p.open.Abort()
		p.open = nil
	}
}
