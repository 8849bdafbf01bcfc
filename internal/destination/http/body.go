package httpput

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"transporter/internal/destination"
)

// bodyBuffer is how much of a file is read at a time.
const bodyBuffer = 64 << 10

// body reads a file and hands out its last byte only when all of it was the file's, so that a
// receiver which counts on Content-Length never takes a wrong file for a whole one.
type body struct {
	src    *bufio.Reader
	closer io.Closer
	file   destination.File
	hash   hash.Hash
	size   int64
	moved  func() // is called at each read
	err    error  // how it ended: io.EOF, or why the file cannot be sent
}

func newBody(ctx context.Context, f destination.File, moved func()) (*body, error) {
	src, err := f.Source(ctx, 0)
	if err != nil {
		return nil, err
	}
	return &body{src: bufio.NewReaderSize(src, bodyBuffer), closer: src, file: f, hash: sha256.New(), moved: moved}, nil
}

func (b *body) Read(p []byte) (n int, err error) {
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	b.moved()
	const one, more = 1, 2
	ahead, err := b.src.Peek(more)
	switch {
	case err == nil:
		n, err = b.src.Read(p[:min(len(p), b.src.Buffered()-one)])
	case errors.Is(err, io.EOF):
		n, err = b.src.Read(p[:min(len(p), len(ahead))])
	}
	b.hash.Write(p[:n])
	if b.size += int64(n); b.size >= b.file.Size || errors.Is(err, io.EOF) {
		err = b.end()
	}
	if b.err = err; err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	return n, nil
}

// end compares what was read with the file.
func (b *body) end() error {
	if _, err := b.src.Peek(1); err == nil {
		b.size++ // longer than it should be
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	if err := b.file.Matches(b.size, hex.EncodeToString(b.hash.Sum(nil))); err != nil {
		return err
	}
	return io.EOF
}

func (b *body) Close() error { return b.closer.Close() }

// failure is why the file itself could not be read; nil when it could.
func (b *body) failure() error {
	if errors.Is(b.err, io.EOF) {
		return nil
	}
	return b.err
}
