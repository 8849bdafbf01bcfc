// Package steady reads an object of a feed whole although the connection breaks: what doors have in
// common beneath their protocols.
package steady

import (
	"context"
	"errors"
	"io"

	"transporter/internal/fault"
)

// maxBreaks is how often a body may break off without a byte having come in between: then the step
// is tried again later.
const maxBreaks = 5

// Open reads an object of the size by at, which opens it at an offset and makes sure that it is still
// the one that was listed. A body that breaks off, or ends early, is opened again where it stopped;
// broken says what the last break means. What at refuses, and a body that refuses with a fault of its
// own that another attempt does not mend, ends it.
func Open(ctx context.Context, size int64, at func(offset int64) (io.ReadCloser, error), broken func(error) error) (io.ReadCloser, error) {
	part, err := at(0)
	if err != nil {
		return nil, err
	}
	return &body{ctx: ctx, size: size, at: at, broken: broken, part: part}, nil
}

type body struct {
	ctx    context.Context
	size   int64
	at     func(offset int64) (io.ReadCloser, error)
	broken func(error) error

	part   io.ReadCloser // nil after a failure
	err    error         // of that failure
	read   int64
	breaks int // since the last byte
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	for b.err == nil {
		n, err := b.part.Read(p)
		if b.read += int64(n); n > 0 {
			b.breaks = 0
		}
		switch {
		case errors.Is(err, io.EOF) && b.read == b.size:
			return n, io.EOF
		case err == nil || n > 0: // a break shows again at the next call
			return n, nil
		}
		b.again(err)
	}
	return 0, b.err
}

// again opens the rest after a break.
func (b *body) again(err error) {
	b.part.Close()
	var known *fault.Error
	final := errors.As(err, &known) && known.Kind != fault.Upstream
	if b.breaks++; final || b.breaks > maxBreaks || b.ctx.Err() != nil {
		b.part, b.err = nil, b.broken(err)
		return
	}
	b.part, b.err = b.at(b.read)
}

// Close implements io.Closer.
func (b *body) Close() error {
	if b.part == nil {
		return nil
	}
	return b.part.Close()
}
