package sftp

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"github.com/pkg/sftp"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/steady"
	"transporter/internal/sshlogin"
)

// ahead is how much is asked for at once: the library keeps as many requests on their way.
const ahead = sshlogin.BigRequests * sshlogin.BigPacket

// Open implements feed.Door. The file is looked at before and after it is read, since the protocol
// has no condition: another size or time is fault.Conflict. One that is written anew with as many
// bytes within a second of its listing is not seen here, but by who hashes what is read.
func (d *Door) Open(ctx context.Context, o feed.Object) (io.ReadCloser, error) {
	at := func(offset int64) (io.ReadCloser, error) { return d.openAt(ctx, o, offset) }
	return steady.Open(ctx, o.Size, at, func(err error) error { return d.classify(ctx, "read", d.path(o.Key), err) })
}

func (d *Door) openAt(ctx context.Context, o feed.Object, offset int64) (io.ReadCloser, error) {
	s, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	f, err := s.Open(d.path(o.Key))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = changed(o.Key, "it is gone")
	case err != nil:
		err = d.classify(ctx, "open", d.path(o.Key), err)
	default:
		if err = same(f, o); err == nil {
			_, err = f.Seek(offset, io.SeekStart)
		}
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return &part{bufio.NewReaderSize(f, ahead), f, s, o}, nil
}

// part is a file that is being read in a session of its own.
type part struct {
	*bufio.Reader
	file    *sftp.File
	session *session
	object  feed.Object
}

// Read looks at the file again where it ends.
func (p *part) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if errors.Is(err, io.EOF) {
		if differs := same(p.file, p.object); differs != nil {
			return n, differs
		}
	}
	return n, err
}

func (p *part) Close() error {
	p.session.close()
	return nil
}

// same returns fault.Conflict for a file that is not as it was listed.
func same(f *sftp.File, o feed.Object) error {
	now, err := f.Stat()
	if err != nil {
		return err
	}
	if now.Size() != o.Size || !now.ModTime().UTC().Truncate(time.Second).Equal(o.Modified.Truncate(time.Second)) {
		return changed(o.Key, "it is another file now")
	}
	return nil
}

func changed(key, how string) error {
	return fault.New(fault.Conflict, "%s changed while it was read: %s", key, how).
		WithFix("nothing: it is listed again, and read as it is then")
}
