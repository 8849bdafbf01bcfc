package sftp

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/pkg/sftp"

	"transporter/internal/fault"
)

// Status codes of protocol versions above 3 that some servers send nevertheless
// (draft-ietf-secsh-filexfer-13, section 9.1).
const (
	statusNoSpace = 14
	statusQuota   = 15
)

// classify turns what went wrong with a path into a fault. It keeps the context's error,
// because the connection is closed when a context ends.
func (s *session) classify(ctx context.Context, verb, name string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	where := s.d.login.Address()
	switch {
	case isMissing(err):
		return fault.New(fault.NotFound, "%s %s on %s: it does not exist: %w", verb, name, where, err).
			WithFix("check the destination's directory")
	case isDenied(err):
		return fault.New(fault.PermissionDenied, "%s %s on %s: the server does not allow it: %w", verb, name, where, err).
			WithFix("give %s the right to do this in %s", s.d.config.User, path.Dir(name))
	case isFull(err):
		return s.full(verb, name, err)
	case isUnsupported(err):
		return fault.New(fault.PermissionDenied, "%s %s on %s: the server cannot do this: %w", verb, name, where, err)
	}
	return fault.New(fault.Upstream, "%s %s on %s: %w", verb, name, where, err)
}

// classifyWrite is classify for a write of so many more bytes: OpenSSH calls a full disk and
// a name that is too long just "Failure", so the free space is asked for, and another name is
// tried.
func (s *session) classifyWrite(ctx context.Context, name string, left int64, err error) error {
	var status *sftp.StatusError
	if ctx.Err() != nil || !errors.As(err, &status) {
		return s.classify(ctx, "write", name, err)
	}
	space, statErr := s.client.StatVFS(path.Dir(name))
	if statErr == nil && space.Bavail*space.Frsize < uint64(max(left, 1)) {
		return s.full("write", name, err)
	}
	err = s.classify(ctx, "write", name, err)
	var plain *fault.Error
	if status.FxCode() != sftp.ErrSSHFxFailure || !errors.As(err, &plain) || plain.Kind != fault.Upstream {
		return err
	}
	if tooLong := s.nameTooLong(name); tooLong != nil {
		return tooLong
	}
	return plain.WithFix("the server gives no reason; a used-up quota looks like this")
}

func (s *session) full(verb, name string, err error) error {
	return fault.New(fault.StorageFull, "%s %s on %s: no space or quota is left: %w", verb, name, s.d.login.Address(), err).
		WithFix("free space on the server; the delivery goes on from where it stopped")
}

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func isDenied(err error) bool { return errors.Is(err, fs.ErrPermission) }

func isUnsupported(err error) bool {
	var status *sftp.StatusError
	return errors.As(err, &status) && status.FxCode() == sftp.ErrSSHFxOpUnsupported
}

// isFull knows the two codes, and the words of servers that send a plain failure.
func isFull(err error) bool {
	var status *sftp.StatusError
	if !errors.As(err, &status) {
		return false
	}
	text := strings.ToLower(status.Error())
	return status.Code == statusNoSpace || status.Code == statusQuota ||
		strings.Contains(text, "no space left") || strings.Contains(text, "quota")
}
