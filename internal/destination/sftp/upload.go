package sftp

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"github.com/pkg/sftp"

	"transporter/internal/destination"
)

// pieceSize is how much is written between two reports of progress.
const pieceSize = 1 << 20

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

func (s *session) copyPieces(ctx context.Context, dst *sftp.File, src io.Reader, f destination.File, offset int64, progress destination.Progress) error {
	piece := make([]byte, pieceSize)
	for {
		n, readErr := io.ReadFull(src, piece)
		if n > 0 {
			if _, err := dst.WriteAt(piece[:n], offset); err != nil {
				return s.classifyWrite(ctx, dst.Name(), f.Size-offset, err)
			}
			offset += int64(n)
			progress(offset)
		}
		switch {
		case errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF):
			return nil
		case readErr != nil:
			return readErr
		}
	}
}
