package staging

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"

	"transporter/internal/contract"
)

// Writer streams one staged object into the store. It is not safe for concurrent use.
// Exactly one of Commit and Abort ends it; Abort after Commit does nothing.
type Writer struct {
	key  string
	hash hash.Hash
	size int64

	head   io.Writer // where clear bytes go: encoder or pipe
	enc    *zstd.Encoder
	sealer io.WriteCloser
	pipe   *io.PipeWriter

	stored chan error  // the store's answer, once
	unbind func() bool // detaches from the context
	ended  bool
}

var errAborted = errors.New("aborted")

// Create begins an object under the prefix: what is written is compressed and sealed.
// The context bounds the whole life of the writer.
func (s *Stage) Create(ctx context.Context, prefix string) (*Writer, error) {
	w := s.begin(ctx, prefix)
	sealer, err := s.box.Seal(w.pipe)
	if err != nil {
		w.Abort()
		return nil, err
	}
	w.sealer, w.enc = sealer, takeEncoder(sealer)
	w.head = w.enc
	return w, nil
}

// CreateRaw is Create for bytes that are kept as they are, for they are encrypted
// already: size and hash of the reference are those of the stored object.
func (s *Stage) CreateRaw(ctx context.Context, prefix string) (*Writer, error) {
	w := s.begin(ctx, prefix)
	w.head = w.pipe
	return w, nil
}

// begin starts the store's Put at the other end of a pipe.
func (s *Stage) begin(ctx context.Context, prefix string) *Writer {
	r, pipe := io.Pipe()
	w := &Writer{key: attemptKey(prefix), hash: sha256.New(), pipe: pipe, stored: make(chan error, 1)}
	w.unbind = context.AfterFunc(ctx, func() { pipe.CloseWithError(ctx.Err()) })
	go func() {
		_, err := s.store.Put(ctx, w.key, r)
		// A writer that still writes learns why nobody reads.
		r.CloseWithError(err)
		w.stored <- err
	}()
	return w
}

// Write takes clear bytes. An error is the store's and final.
func (w *Writer) Write(p []byte) (int, error) {
	n, err := w.head.Write(p)
	w.hash.Write(p[:n])
	w.size += int64(n)
	return n, err
}

// Commit returns the reference once the whole object is safe in the store.
func (w *Writer) Commit(ctx context.Context) (contract.Ref, error) {
	if w.ended {
		return contract.Ref{}, errors.New("commit staged object: the writer has ended")
	}
	if err := w.finish(); err != nil {
		w.Abort()
		return contract.Ref{}, fmt.Errorf("commit staged object: %w", err)
	}
	err := w.end(ctx)
	if err != nil {
		return contract.Ref{}, fmt.Errorf("commit staged object: %w", err)
	}
	return contract.Ref{Key: w.key, Size: w.size, SHA256: hex.EncodeToString(w.hash.Sum(nil))}, nil
}

// Abort drops the object; nothing of it is stored.
func (w *Writer) Abort() {
	if w.ended {
		return
	}
	w.pipe.CloseWithError(errAborted)
	_ = w.end(context.Background()) // the pipe is closed: the store answers at once
}

func (w *Writer) finish() error {
	if w.enc == nil {
		return w.pipe.Close()
	}
	if err := w.enc.Close(); err != nil {
		return err
	}
	if err := w.sealer.Close(); err != nil {
		return err
	}
	return w.pipe.Close()
}

// end waits for the store's answer and gives back what the writer held.
func (w *Writer) end(ctx context.Context) error {
	w.ended = true
	defer w.unbind()
	if w.enc != nil {
		giveEncoder(w.enc)
		w.enc, w.head = nil, w.pipe
	}
	select {
	case err := <-w.stored:
		return err
	case <-ctx.Done():
		w.pipe.CloseWithError(ctx.Err())
		return ctx.Err()
	}
}
