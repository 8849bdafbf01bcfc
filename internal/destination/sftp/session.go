package sftp

import (
	"context"
	"errors"
	"io"
	"net/url"
	"path"
	"strings"

	"github.com/pkg/sftp"

	"transporter/internal/destination"
	"transporter/internal/sshlogin"
)

// session is one connection. A context that ends during a call closes the connection,
// the only way to stop a request that is on its way; the session is then of no more use.
type session struct {
	d       *Destination
	conn    *sshlogin.Client
	client  *sftp.Client
	ordered bool // the server does one thing after the other
}

// Close ends the connection.
func (s *session) Close() error {
	_ = s.client.Close() // the connection is what counts
	return s.conn.Close()
}

// Default is Hash where commands are allowed, else Bytes: the protocol itself has no hash
// that every server computes.
func (s *session) Default() destination.Level {
	if s.d.config.Commands {
		return destination.Hash
	}
	return destination.Bytes
}

// Atomic is true where files may be renamed: a rename shows the whole file or nothing.
func (s *session) Atomic() bool { return !s.d.config.InPlace }

// Location returns "sftp://user@host:port/folder/name".
func (s *session) Location(name string) string {
	c := s.d.config
	u := url.URL{Scheme: "sftp", User: url.User(c.User), Host: s.d.login.Address(), Path: "/" + strings.TrimPrefix(path.Join(c.Directory, name), "/")}
	return u.String()
}

// Open reads a published file back.
func (s *session) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := destination.CheckName(name); err != nil {
		return nil, err
	}
	f, err := s.client.Open(s.final(name))
	if err != nil {
		return nil, s.classify(ctx, "open", s.final(name), err)
	}
	return &remoteReader{file: f, session: s, ctx: ctx, stop: s.watch(ctx)}, nil
}

// remoteReader reads a file and classifies the errors.
type remoteReader struct {
	file    *sftp.File
	session *session
	ctx     context.Context
	stop    func() bool
}

func (r *remoteReader) Read(p []byte) (int, error) {
	n, err := r.file.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.session.classify(r.ctx, "read", r.file.Name(), err)
	}
	return n, err
}

// WriteTo makes io.Copy keep many reads on their way instead of one.
func (r *remoteReader) WriteTo(w io.Writer) (int64, error) {
	n, err := r.file.WriteTo(w)
	if err != nil {
		err = r.session.classify(r.ctx, "read", r.file.Name(), err)
	}
	return n, err
}

func (r *remoteReader) Close() error {
	r.stop()
	return r.file.Close()
}

// Discard removes the temporary file.
func (s *session) Discard(ctx context.Context, f destination.File, token string) error {
	defer s.watch(ctx)()
	if err := check(f.Name, token); err != nil {
		return err
	}
	if s.d.config.InPlace {
		return s.discardInPlace(ctx, f)
	}
	return s.remove(ctx, s.temp(f.Name, token))
}

// Withdraw removes the published file, and from the journal that it was published.
func (s *session) Withdraw(ctx context.Context, f destination.File) error {
	defer s.watch(ctx)()
	if err := destination.CheckName(f.Name); err != nil {
		return err
	}
	if err := s.remove(ctx, s.final(f.Name)); err != nil {
		return err
	}
	return f.Journal.Save(ctx, nil)
}

// remove deletes a file; a missing one is no error.
func (s *session) remove(ctx context.Context, name string) error {
	if err := s.client.Remove(name); err != nil && !isMissing(err) {
		return s.classify(ctx, "remove", name, err)
	}
	return nil
}

// final returns the path of a published file.
func (s *session) final(name string) string { return path.Join(s.root(), name) }

// temp returns the path of the file while it is delivered under the token.
func (s *session) temp(name, token string) string {
	folder, base := path.Split(name)
	return path.Join(s.root(), folder, "."+base+"."+token+".part")
}

// root returns the destination's folder; "." is where the login lands.
func (s *session) root() string {
	if s.d.config.Directory == "" {
		return "."
	}
	return s.d.config.Directory
}

// check refuses names and tokens that make no path of ours.
func check(name, token string) error {
	if err := destination.CheckName(name); err != nil {
		return err
	}
	return destination.CheckToken(token)
}

// watch closes the connection when ctx ends before the returned function is called.
func (s *session) watch(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { s.conn.Close() })
}
