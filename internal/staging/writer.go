package staging

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"transporter/internal/contract"
	"transporter/internal/seal"
)

// Writer streams one staged object into the store. It is not safe for concurrent use.
// Exactly one of Commit and Abort ends it; Abort after Commit does nothing.
type Writer struct {
	key  string
	hash hash.Hash // nil for scratch
	size int64

	head   io.Writer // where clear bytes go: encoder or pipe
	enc    io.WriteCloser
	give   func() // gives the encoder back
	sealer io.WriteCloser
	pipe   *io.PipeWriter

	done   func() error // why the context has ended
	stored chan error   // the store's answer, once
	unbind func() bool  // detaches from the context
	ended  bool
}

var errAborted = errors.New("aborted")

// Create begins an object under the prefix: what is written is compressed and sealed.
// The context bounds the whole life of the writer.
func (s *Stage) Create(ctx context.Context, prefix string) (*Writer, error) {
	return s.begin(ctx, prefix).through(s.box, func(dst io.Writer) (io.WriteCloser, func()) {
		enc := takeEncoder(dst)
		return enc, func() { giveEncoder(enc) }
	})
}

// through lets what is written go through an encoder, then a seal.
func (w *Writer) through(box *seal.Box, take func(io.Writer) (enc io.WriteCloser, give func())) (*Writer, error) {
	sealer, err := box.Seal(w.pipe)
	if err != nil {
		w.Abort()
		return nil, w.why(err)
	}
	w.sealer = sealer
	w.enc, w.give = take(sealer)
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
	w := &Writer{key: attemptKey(prefix), hash: sha256.New(), pipe: pipe, done: ctx.Err, stored: make(chan error, 1)}
	w.unbind = context.AfterFunc(ctx, func() { pipe.CloseWithError(ctx.Err()) })
	go func() {
		_, err := s.store.Put(ctx, w.key, r)
		// A writer that still writes learns why nobody reads.
		r.CloseWithError(err)
		w.stored <- err
	}()
	return w
}

// Write takes clear bytes. An error is the store's or the context's, and final.
func (w *Writer) Write(p []byte) (int, error) {
	n, err := w.head.Write(p)
	if w.hash != nil {
		w.hash.Write(p[:n])
	}
	w.size += int64(n)
	return n, w.why(err)
}

// why returns the context's error for that of a pipe that it closed.
func (w *Writer) why(err error) error {
	if errors.Is(err, io.ErrClosedPipe) && w.done() != nil {
		return w.done()
	}
	return err
}

// Commit returns the reference once the whole object is safe in the store.
func (w *Writer) Commit(ctx context.Context) (contract.Ref, error) {
	if w.ended {
		return contract.Ref{}, errors.New("commit staged object: the writer has ended")
	}
	if err := w.finish(); err != nil {
		w.Abort()
		return contract.Ref{}, fmt.Errorf("commit staged object: %w", w.why(err))
	}
	err := w.end(ctx)
	if err != nil {
		return contract.Ref{}, fmt.Errorf("commit staged object: %w", err)
	}
	ref := contract.Ref{Key: w.key, Size: w.size}
	if w.hash != nil {
		ref.SHA256 = hex.EncodeToString(w.hash.Sum(nil))
	}
	return ref, nil
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
		w.give()
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
