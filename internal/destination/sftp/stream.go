package sftp

import (
	"context"
	"errors"
	"io"

	"github.com/pkg/sftp"

	"transporter/internal/destination"
	"transporter/internal/sshlogin"
)

// window is how much is on its way at once to a server that does one thing after the other.
const window = sshlogin.BigRequests * sshlogin.BigPacket

// stream writes the rest of f without waiting for each answer, so that a long line is never
// idle. What arrives is a beginning of f wherever the connection is cut, as packets are sent and
// handled in order. For lines that have shown that they are not slow.
func (s *session) stream(ctx context.Context, dst *sftp.File, src io.Reader, f destination.File, offset int64, progress destination.Progress) error {
	if _, err := dst.Seek(offset, io.SeekStart); err != nil {
		return s.classifyWrite(ctx, dst.Name(), f.Size-offset, err)
	}
	r := &sent{src: src, start: offset, offset: offset, progress: progress}
	_, err := dst.ReadFromWithConcurrency(r, sshlogin.BigRequests)
	switch {
	case r.err != nil:
		return r.err
	case err != nil:
		return s.classifyWrite(ctx, dst.Name(), f.Size-r.offset, err)
	}
	progress(r.offset)
	return nil
}

// sent tells the progress of what is read to be sent: of what must have been acknowledged for
// more to be read.
type sent struct {
	src           io.Reader
	start, offset int64
	progress      destination.Progress
	err           error // of the source
}

func (r *sent) Read(p []byte) (int, error) {
	if known := r.offset - window - sshlogin.BigPacket; known > r.start {
		r.progress(known)
	}
	n, err := r.src.Read(p)
	r.offset += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}
