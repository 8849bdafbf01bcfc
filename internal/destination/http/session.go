package httpput

import (
	"context"
	"io"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

type session struct{ d *Destination }

// Upload sends the file unless the journal says that the receiver has accepted it. What was
// broken off is sent from the start: HTTP has no way to go on.
func (s *session) Upload(ctx context.Context, f destination.File, token string, progress destination.Progress) error {
	if err := check(f.Name, token); err != nil || !s.wanted(f) {
		return err
	}
	accepted, err := s.accepted(ctx, f)
	if err != nil {
		return err
	}
	if !accepted {
		if err := s.d.send(ctx, f); err != nil {
			return err
		}
		if err := s.note(ctx, f); err != nil {
			return err
		}
	}
	progress(f.Size)
	return nil
}

// Verify returns Sent: the receiver's status is all that HTTP says.
func (s *session) Verify(_ context.Context, f destination.File, token string, _ destination.Level) (destination.Level, error) {
	return destination.Sent, check(f.Name, token)
}

// Publish makes sure that the receiver has accepted the file, which is where it has its name
// from then on.
func (s *session) Publish(ctx context.Context, f destination.File, token string, _ bool) error {
	if err := check(f.Name, token); err != nil || !s.wanted(f) {
		return err
	}
	accepted, err := s.accepted(ctx, f)
	if err == nil && !accepted {
		err = fault.New(fault.IntegrityMismatch, "publish %s: the receiver has not accepted it", f.Name)
	}
	return err
}

// Open fails with fault.PermissionDenied.
func (s *session) Open(_ context.Context, name string) (io.ReadCloser, error) {
	if err := destination.CheckName(name); err != nil {
		return nil, err
	}
	return nil, fault.New(fault.PermissionDenied, "%s cannot be read back from an HTTP receiver", name)
}

// Discard leaves everything as it is: what was accepted cannot be taken back, and the journal
// keeps the next attempt from sending it again.
func (s *session) Discard(_ context.Context, f destination.File, token string) error {
	return check(f.Name, token)
}

// Default is Sent.
func (s *session) Default() destination.Level { return destination.Sent }

// Atomic is false: what the receiver shows to its readers while a file arrives is its own affair.
func (s *session) Atomic() bool { return false }

// Location is the URL as the operator wrote it, without its query.
func (s *session) Location(string) string { return s.d.config.url.Text }

func (s *session) Close() error { return nil }

// wanted tells whether the receiver is sent files of this role.
func (s *session) wanted(f destination.File) bool {
	return s.d.config.manifest || f.About.Role == destination.Data
}

func check(name, token string) error {
	if err := destination.CheckName(name); err != nil {
		return err
	}
	return destination.CheckToken(token)
}
