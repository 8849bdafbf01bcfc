package sftp

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"github.com/pkg/sftp"

	"transporter/internal/destination"
)

// A piece is what is written between two reports of progress, and so what a reset costs. Its
// size follows the line: the server is silent until it has acknowledged a packet, and a
// large one on a slow line would look like death.
const (
	firstPiece, leastPiece, pieceSize = 32 << 10, 4 << 10, 1 << 20
	// A piece that took less than quickPiece is followed by one of twice its size, one that
	// took longer than slowPiece by one of half.
	quickPiece, slowPiece = 2 * time.Second, 5 * time.Second
)

// nextPiece returns the size of the piece after one that took so long.
func nextPiece(size int, took time.Duration) int {
	switch {
	case took < quickPiece:
		return min(2*size, pieceSize)
	case took > slowPiece:
		return max(size/2, leastPiece)
	}
	return size
}

// Upload writes the temporary file. Writes are acknowledged one after the other:
// concurrent ones are faster on long lines, but a cut connection may leave holes.
func (s *session) Upload(ctx context.Context, f destination.File, token string, progress destination.Progress) error {
	defer s.watch(ctx)()
	if err := check(f.Name, token); err != nil {
		return err
	}
	state, err := s.compare(ctx, s.final(f.Name), f)
	if err != nil {
		return err
	}
	if state == same {
		progress(f.Size)
		return nil
	}
	if err := s.makeFolders(ctx, f.Name); err != nil {
		return err
	}
	if s.d.config.InPlace {
		return s.uploadInPlace(ctx, f, state, progress)
	}
	temp := s.temp(f.Name, token)
	offset, err := s.resumeAt(ctx, temp, f)
	if err != nil {
		return err
	}
	return s.send(ctx, f, temp, offset, progress)
}

// makeFolders creates the folders of the name below the destination's own, which must
// exist. A folder that cannot be looked at is left to the write to complain about.
func (s *session) makeFolders(ctx context.Context, name string) error {
	folder := path.Dir(name)
	if folder == "." {
		return nil
	}
	if _, err := s.client.Stat(s.root()); err != nil && !isDenied(err) {
		return s.classify(ctx, "open folder", s.root(), err)
	}
	if err := s.client.MkdirAll(path.Join(s.root(), folder)); err != nil {
		if _, lookErr := s.client.Stat(s.root()); isDenied(lookErr) || isUnsupported(lookErr) {
			s.makeBlindly(folder)
			return ctx.Err()
		}
		return s.classify(ctx, "create folder", path.Join(s.root(), folder), err)
	}
	return nil
}

// makeBlindly creates folders where nothing can be looked at: a server says "Failure" of one
// that exists, and what is really wrong shows in the write.
func (s *session) makeBlindly(folder string) {
	at := s.root()
	for part := range strings.SplitSeq(folder, "/") {
		at = path.Join(at, part)
		_ = s.client.Mkdir(at) // see above
	}
}

// send writes f from the offset on. A server that writes files only from their beginning
// says so at the first write, and gets the whole.
func (s *session) send(ctx context.Context, f destination.File, temp string, offset int64, progress destination.Progress) error {
	moved := offset
	err := s.sendFrom(ctx, f, temp, offset, func(at int64) {
		moved = at
		progress(at)
	})
	var status *sftp.StatusError
	if offset == 0 || moved > offset || !errors.As(err, &status) || ctx.Err() != nil {
		return err
	}
	return s.sendFrom(ctx, f, temp, 0, progress)
}

// sendFrom writes f from the offset on and flushes it.
func (s *session) sendFrom(ctx context.Context, f destination.File, temp string, offset int64, progress destination.Progress) (err error) {
	flags := os.O_WRONLY | os.O_CREATE
	if offset == 0 {
		flags |= os.O_TRUNC
	}
	dst, err := s.client.OpenFile(temp, flags)
	if err != nil {
		return s.classifyWrite(ctx, temp, f.Size, err)
	}
	defer func() {
		if closeErr := dst.Close(); err == nil && closeErr != nil {
			err = s.classifyWrite(ctx, temp, 0, closeErr)
		}
	}()
	src, err := f.Source(ctx, offset)
	if err != nil {
		return err
	}
	defer src.Close()
	progress(offset)
	if err := s.copyPieces(ctx, dst, src, f, offset, progress); err != nil {
		return err
	}
	if err := dst.Sync(); err != nil && !isUnsupported(err) && !isDenied(err) {
		return s.classifyWrite(ctx, temp, 0, err)
	}
	return nil
}

// copyPieces writes f from the offset on, each piece when the one before was acknowledged: a
// server that does several things at once would leave holes where a connection is cut.
func (s *session) copyPieces(ctx context.Context, dst *sftp.File, src io.Reader, f destination.File, offset int64, progress destination.Progress) error {
	room, size := make([]byte, pieceSize), firstPiece
	for {
		n, readErr := io.ReadFull(src, room[:size])
		if n > 0 {
			began := time.Now()
			if _, err := dst.WriteAt(room[:n], offset); err != nil {
				return s.classifyWrite(ctx, dst.Name(), f.Size-offset, err)
			}
			offset += int64(n)
			progress(offset)
			size = nextPiece(size, time.Since(began))
		}
		if s.ordered && size == pieceSize && readErr == nil {
			return s.stream(ctx, dst, src, f, offset, progress)
		}
		switch {
		case errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF):
			return nil
		case readErr != nil:
			return readErr
		}
	}
}
