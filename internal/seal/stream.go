package seal

import (
	"bufio"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"transporter/internal/fault"
)

// chunkNonce counts the chunks of one object. Its counter's upper three bytes stay zero:
// an object ends long before 2⁶⁴ chunks.
type chunkNonce [nonceBytes]byte

func (n *chunkNonce) next() {
	counter := n[3 : nonceBytes-1]
	binary.BigEndian.PutUint64(counter, binary.BigEndian.Uint64(counter)+1)
}

func (n *chunkNonce) setLast() { n[nonceBytes-1] = 1 }

// sealWriter gathers clear bytes and writes a chunk when more than one chunk's worth is
// there, so that the last chunk is known when it is closed.
type sealWriter struct {
	dst    io.Writer
	gcm    cipher.AEAD
	nonce  chunkNonce
	clear  []byte
	sealed []byte
	err    error
}

var errClosed = errors.New("seal object: write after close")

func newSealWriter(dst io.Writer, gcm cipher.AEAD) *sealWriter {
	return &sealWriter{
		dst: dst, gcm: gcm,
		clear:  make([]byte, 0, chunkBytes),
		sealed: make([]byte, 0, chunkBytes+tagBytes),
	}
}

func (w *sealWriter) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 && w.err == nil {
		if len(w.clear) == chunkBytes {
			w.flush()
			w.nonce.next()
			continue
		}
		n := min(chunkBytes-len(w.clear), len(p))
		w.clear = append(w.clear, p[:n]...)
		p, written = p[n:], written+n
	}
	return written, w.err
}

// Close writes the last chunk; a second Close does nothing.
func (w *sealWriter) Close() error {
	if errors.Is(w.err, errClosed) {
		return nil
	}
	if w.err == nil {
		w.nonce.setLast()
		w.flush()
	}
	if w.err != nil {
		return w.err
	}
	w.err = errClosed
	return nil
}

func (w *sealWriter) flush() {
	w.sealed = w.gcm.Seal(w.sealed[:0], w.nonce[:], w.clear, nil)
	w.clear = w.clear[:0]
	if _, err := w.dst.Write(w.sealed); err != nil {
		w.err = fmt.Errorf("seal object: %w", err)
	}
}

// unsealReader opens one chunk at a time. It looks one byte ahead to know the last one.
type unsealReader struct {
	src    *bufio.Reader
	gcm    cipher.AEAD
	nonce  chunkNonce
	number int
	buf    []byte
	clear  []byte // the part of buf not handed out yet
	err    error
}

// newUnsealReader reads from a buffer that holds a sealed chunk and one byte more.
func newUnsealReader(src *bufio.Reader, gcm cipher.AEAD) *unsealReader {
	return &unsealReader{src: src, gcm: gcm, buf: make([]byte, 0, chunkBytes)}
}

func (r *unsealReader) Read(p []byte) (int, error) {
	for len(r.clear) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.fill()
	}
	n := copy(p, r.clear)
	r.clear = r.clear[n:]
	return n, nil
}

func (r *unsealReader) fill() {
	sealed, err := r.src.Peek(chunkBytes + tagBytes + 1)
	last := errors.Is(err, io.EOF)
	if err != nil && !last {
		r.err = fmt.Errorf("unseal object: %w", err)
		return
	}
	if last {
		r.nonce.setLast()
	} else {
		sealed = sealed[:chunkBytes+tagBytes]
	}
	clear, err := r.gcm.Open(r.buf[:0], r.nonce[:], sealed, nil)
	if err != nil || (last && len(clear) == 0 && r.number > 0) {
		r.err = fault.New(fault.Corrupt, "unseal object: chunk %d was changed or is missing", r.number)
		return
	}
	if _, err := r.src.Discard(len(sealed)); err != nil {
		r.err = fmt.Errorf("unseal object: %w", err)
		return
	}
	r.clear, r.number = clear, r.number+1
	if last {
		r.err = io.EOF
	}
	r.nonce.next()
}
