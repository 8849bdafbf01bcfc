package gcs

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/api/storage/v1"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// sending is the upload of the missing bytes of one file.
type sending struct {
	s        *session
	f        destination.File
	st       *state
	progress destination.Progress
	all      destination.Sums
}

// run reads the file from where its hashes are known and sends what the store lacks.
func (w *sending) run(ctx context.Context, there answer) error {
	if there.object != nil && there.offset != w.f.Size {
		return fmt.Errorf("%w: it ended at %d bytes of %d", errSessionGone, there.offset, w.f.Size)
	}
	if w.st.At > there.offset { // the store went back
		w.st.At, w.st.Sums = 0, nil
	}
	if w.st.At > 0 {
		if err := w.all.Restore(w.st.Sums); err != nil {
			return fault.New(fault.Corrupt, "read how far %s was uploaded: %w", w.f.Name, err)
		}
	}
	src, err := w.f.Source(ctx, w.st.At)
	if err != nil {
		return err
	}
	defer src.Close()
	if _, err := io.CopyN(w.all, src, there.offset-w.st.At); err != nil { // the store has these
		return err
	}
	w.progress(there.offset)
	if there.object == nil {
		if there, err = w.sendAll(ctx, src, there.offset); err != nil {
			return err
		}
	} else if err := w.end(src); err != nil {
		return err
	}
	return w.complete(ctx, there.object)
}

// sendAll sends what src holds, chunk by chunk.
func (w *sending) sendAll(ctx context.Context, src io.Reader, at int64) (answer, error) {
	chunk := make([]byte, min(w.s.d.config.Chunk, w.f.Size-at))
	for {
		piece := chunk[:min(int64(len(chunk)), w.f.Size-at)]
		if _, err := io.ReadFull(src, piece); err != nil {
			return answer{}, err
		}
		_, _ = w.all.Write(piece) // never fails
		if at+int64(len(piece)) == w.f.Size {
			if err := w.end(src); err != nil {
				return answer{}, err
			}
		}
		there, err := w.sendChunk(ctx, at, piece)
		if err != nil || there.object != nil {
			return there, err
		}
		at = there.offset
		if err := w.acknowledged(ctx, at); err != nil {
			return there, err
		}
	}
}

// sendChunk sends a chunk until the store has all of it, or has made the object.
func (w *sending) sendChunk(ctx context.Context, at int64, piece []byte) (answer, error) {
	end := at + int64(len(piece))
	for {
		there, err := w.s.send(ctx, w.st, at, piece[int64(len(piece))-(end-at):])
		switch {
		case err != nil:
			return there, w.s.classify(ctx, "upload", w.st.Key, err)
		case there.object != nil && end == w.f.Size, there.object == nil && there.offset == end && end < w.f.Size:
			return there, nil
		case there.object != nil:
			return there, fmt.Errorf("%w: it ended at %d bytes of %d", errSessionGone, there.offset, w.f.Size)
		case there.offset <= at || there.offset > end:
			return there, fault.New(fault.Upstream, "upload %s: the store has %d bytes after it was sent %d to %d", w.f.Name, there.offset, at, end)
		}
		at = there.offset
	}
}

// end makes sure that the source has nothing more and was what it is said to be, before
// the last bytes are sent.
func (w *sending) end(src io.Reader) error {
	if _, err := io.ReadFull(src, make([]byte, 1)); !errors.Is(err, io.EOF) {
		return err // the source fails if there is more
	}
	if sum := w.all.SHA256(); sum != w.f.SHA256 {
		return fault.New(fault.Corrupt, "%s has SHA-256 %s, not the recorded %s", w.f.Name, sum, w.f.SHA256)
	}
	w.st.Checksum = w.all.Whole()
	return nil
}

// acknowledged remembers how far the upload came.
func (w *sending) acknowledged(ctx context.Context, at int64) (err error) {
	if w.st.Sums, err = w.all.Snapshot(); err != nil {
		return err
	}
	w.st.At = at
	if err := w.f.Remember(context.WithoutCancel(ctx), w.st); err != nil { // what has arrived is remembered in any case
		return err
	}
	w.progress(at)
	return nil
}

// complete remembers which object was made.
func (w *sending) complete(ctx context.Context, made *storage.Object) error {
	w.st.Generation, w.st.Session, w.st.Sums, w.st.At = made.Generation, "", nil, w.f.Size
	return w.f.Remember(context.WithoutCancel(ctx), w.st)
}
