package pgp

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/klauspost/compress/flate"
)

const (
	// blockSize is how much is deflated at once: large beside deflate's window of
	// 32 KiB, which every block begins anew, and small enough to keep several.
	blockSize = 1 << 20
	// maxDeflaters bounds the blocks in work for one message: beyond four cores the
	// encryption after them is the slower part.
	maxDeflaters = 4
)

// deflater writes one raw deflate stream whose blocks are compressed side by side. Each
// block but the last ends on a byte (a sync flush), so that they can be put in a row.
// The goroutines end by themselves: an abandoned deflater leaks nothing.
type deflater struct {
	dst     io.Writer
	block   *bytes.Buffer
	pending []chan deflated // oldest first
	limit   int
}

// deflated is a compressed block; its buffer goes back to the pool.
type deflated struct {
	out *bytes.Buffer
	err error
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

var deflateWriters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic("flate refuses its own level: " + err.Error())
	}
	return w
}}

func newDeflater(dst io.Writer) *deflater {
	return &deflater{dst: dst, block: freshBuffer(), limit: min(runtime.GOMAXPROCS(0), maxDeflaters)}
}

func (d *deflater) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n, _ := d.block.Write(p[:min(len(p), blockSize-d.block.Len())]) // never fails (bytes.Buffer)
		written += n
		p = p[n:]
		if d.block.Len() < blockSize {
			break
		}
		if err := d.submit(false); err != nil {
			return written, err
		}
	}
	return written, nil
}

// Close ends the stream; dst stays open.
func (d *deflater) Close() error {
	if err := d.submit(true); err != nil {
		return err
	}
	for len(d.pending) > 0 {
		if err := d.drain(); err != nil {
			return err
		}
	}
	return nil
}

// submit hands the collected block to a goroutine of its own, after the oldest result
// has been written if as many as allowed are in work.
func (d *deflater) submit(last bool) error {
	if len(d.pending) >= d.limit {
		if err := d.drain(); err != nil {
			return err
		}
	}
	result := make(chan deflated, 1)
	go func(in *bytes.Buffer) {
		result <- deflate(in.Bytes(), last)
		buffers.Put(in)
	}(d.block)
	d.pending = append(d.pending, result)
	d.block = freshBuffer()
	return nil
}

// drain writes the oldest block.
func (d *deflater) drain() error {
	block := <-d.pending[0]
	d.pending = d.pending[1:]
	if block.err != nil {
		return fmt.Errorf("deflate: %w", block.err)
	}
	defer buffers.Put(block.out)
	_, err := d.dst.Write(block.out.Bytes())
	return err
}

func deflate(in []byte, last bool) deflated {
	out := freshBuffer()
	w := deflateWriters.Get().(*flate.Writer)
	defer deflateWriters.Put(w)
	w.Reset(out)
	if _, err := w.Write(in); err != nil {
		return deflated{err: err}
	}
	if last {
		return deflated{out: out, err: w.Close()}
	}
	return deflated{out: out, err: w.Flush()}
}

func freshBuffer() *bytes.Buffer {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	return b
}
