package destination

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"transporter/internal/fault"
)

// Digest reads r to its end, giving up when ctx ends, and returns how many bytes it held
// and their SHA-256 in hexadecimal.
func Digest(ctx context.Context, r io.Reader) (size int64, sum string, err error) {
	hash := sha256.New()
	size, err = io.Copy(hash, WithContext(ctx, r))
	return size, hex.EncodeToString(hash.Sum(nil)), err
}

// Matches returns nil if size and sum are those of f, else fault.IntegrityMismatch that
// names both sides.
func (f File) Matches(size int64, sum string) error {
	if size != f.Size {
		return fault.New(fault.IntegrityMismatch, "%s holds %d bytes there, %d were sent", f.Name, size, f.Size)
	}
	if sum != f.SHA256 {
		return fault.New(fault.IntegrityMismatch, "%s has SHA-256 %s there, %s was sent", f.Name, sum, f.SHA256)
	}
	return nil
}

// Source opens f at the offset and returns a reader that fails with fault.Corrupt unless
// exactly the rest of f.Size bytes comes.
func (f File) Source(ctx context.Context, offset int64) (io.ReadCloser, error) {
	src, err := f.Open(ctx, offset)
	if err != nil {
		return nil, fmt.Errorf("open %s at %d: %w", f.Name, offset, err)
	}
	return &exactReader{WithContext(ctx, src), src, f.Name, f.Size - offset}, nil
}

// exactReader yields left bytes, neither more nor fewer.
type exactReader struct {
	io.Reader
	io.Closer
	name string
	left int64
}

func (r *exactReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.left -= int64(n)
	switch {
	case r.left < 0:
		return 0, fault.New(fault.Corrupt, "%s is longer than its recorded size", r.name)
	case err == io.EOF && r.left > 0:
		return n, fault.New(fault.Corrupt, "%s ends %d bytes before its recorded size", r.name, r.left)
	}
	return n, err
}

// WithContext returns a reader that fails with ctx's error once ctx has ended.
func WithContext(ctx context.Context, r io.Reader) io.Reader { return &contextReader{ctx, r} }

type contextReader struct {
	ctx context.Context
	src io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.src.Read(p)
}

// Collide is the error of a final name that holds somebody else's file.
func Collide(name string) error {
	return fault.New(fault.Collision, "%s exists at the destination with different content", name).
		WithFix("move that file away, or give the task another file name")
}
