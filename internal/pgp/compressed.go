package pgp

import (
	"fmt"
	"io"
)

// Framing of the compressed-data packet (RFC 9580, sections 4.2.1.4, 5.6 and 9.4).
const (
	tagCompressed = 0xC0 | 8
	algorithmZIP  = 1 // raw deflate
	// partialPower makes partial bodies of 2^16 bytes: above the 512 that the first
	// must have, and small beside the rest of the buffers.
	partialPower = 16
	partialSize  = 1 << partialPower
	partialByte  = 224 + partialPower
)

// compressedWriter is a compressed-data packet of unknown length. go-crypto's own
// deflates with compress/flate on one core, which is slower than the encryption around it.
type compressedWriter struct {
	*deflater
	body *partialWriter
	dst  io.WriteCloser
}

// newCompressedWriter begins the packet on dst; Close ends it and closes dst.
func newCompressedWriter(dst io.WriteCloser) (*compressedWriter, error) {
	if _, err := dst.Write([]byte{tagCompressed}); err != nil {
		return nil, fmt.Errorf("write compressed packet: %w", err)
	}
	body := &partialWriter{dst: dst, buf: make([]byte, 0, partialSize)}
	if _, err := body.Write([]byte{algorithmZIP}); err != nil {
		return nil, err
	}
	return &compressedWriter{deflater: newDeflater(body), body: body, dst: dst}, nil
}

func (w *compressedWriter) Close() error {
	if err := w.deflater.Close(); err != nil {
		return err
	}
	if err := w.body.finish(); err != nil {
		return err
	}
	return w.dst.Close()
}

// partialWriter frames a packet body whose length is not known beforehand: bodies of
// partialSize, each with its length byte, then the rest with an ordinary length.
type partialWriter struct {
	dst io.Writer
	buf []byte
}

func (w *partialWriter) Write(p []byte) (int, error) {
	written := len(p)
	for len(p) > 0 {
		n := min(len(p), partialSize-len(w.buf))
		w.buf = append(w.buf, p[:n]...)
		p = p[n:]
		if len(w.buf) < partialSize {
			break
		}
		if err := w.emit([]byte{partialByte}); err != nil {
			return 0, err
		}
	}
	return written, nil
}

// finish writes what is left, under a five-byte length.
func (w *partialWriter) finish() error {
	n := len(w.buf)
	return w.emit([]byte{255, 0, byte(n >> 16), byte(n >> 8), byte(n)})
}

func (w *partialWriter) emit(length []byte) error {
	if _, err := w.dst.Write(length); err != nil {
		return fmt.Errorf("write packet: %w", err)
	}
	if _, err := w.dst.Write(w.buf); err != nil {
		return fmt.Errorf("write packet: %w", err)
	}
	w.buf = w.buf[:0]
	return nil
}
