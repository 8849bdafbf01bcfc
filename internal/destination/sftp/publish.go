package sftp

import (
	"context"
	"path"
	"strings"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// Publish renames the temporary file. Without replace nothing is ever overwritten:
// OpenSSH refuses a plain rename onto an existing file by itself, on other servers a
// hard link does the same; where there are neither, the name is looked at just before,
// and a foreign file that appears in that moment may be lost. With replace, the server's
// atomic rename is used, else the old file is removed first, and for a moment there is
// none.
//
// A final file that cannot be read is taken for ours only if it has our size and the
// temporary file is gone, which is what a rename leaves whose answer was lost.
func (s *session) Publish(ctx context.Context, f destination.File, token string, replace bool) error {
	defer s.watch(ctx)()
	if err := check(f.Name, token); err != nil {
		return err
	}
	final, temp := s.final(f.Name), s.temp(f.Name, token)
	state, err := s.compare(ctx, final, f)
	if err != nil {
		return err
	}
	if s.d.config.InPlace {
		return s.publishInPlace(ctx, f, state)
	}
	switch state {
	case same:
		return s.remove(ctx, temp)
	case hidden:
		return s.publishHidden(ctx, f, temp, final, replace)
	case absent:
		return s.moveNew(ctx, f, temp, final)
	}
	if _, err := s.client.Stat(temp); state == unreadable && err != nil && isMissing(err) {
		return nil
	}
	if !replace {
		return destination.Collide(f.Name)
	}
	return s.moveOver(ctx, f, temp, final)
}

// publishHidden publishes where nothing can be looked at: only the journal knows that the
// file was published before.
func (s *session) publishHidden(ctx context.Context, f destination.File, temp, final string, replace bool) error {
	var note placed
	if _, err := f.Recall(ctx, &note); err != nil || note.Done && note.SHA256 == f.SHA256 {
		return err
	}
	move := s.moveNew
	if replace {
		move = s.moveOver
	}
	if err := move(ctx, f, temp, final); err != nil {
		return err
	}
	return f.Remember(ctx, placed{SHA256: f.SHA256, Done: true})
}

// moveNew gives the file its final name, which must be free.
func (s *session) moveNew(ctx context.Context, f destination.File, temp, final string) error {
	err := s.linkOrRename(temp, final)
	if err == nil {
		return nil
	}
	if isMissing(err) {
		return gone(f)
	}
	// The name may have been taken since it was looked at; servers call that "Failure".
	switch state, lookErr := s.compare(ctx, final, f); {
	case (lookErr != nil || state == absent) && (isDenied(err) || isUnsupported(err)):
		return s.noRename(final, err)
	case lookErr != nil || state == absent:
		return s.classify(ctx, "rename to", final, err)
	case state == same:
		return s.remove(ctx, temp)
	}
	return destination.Collide(f.Name)
}

// noRename is the error of a server that forbids what a delivery in one piece needs.
func (s *session) noRename(final string, err error) error {
	return fault.New(fault.PermissionDenied, "rename to %s on %s: the server does not allow it: %w", final, s.d.login.Address(), err).
		WithFix("allow renaming in %s; or set inPlace in the destination: files are then written under their final names, where a reader may see half of one", path.Dir(final))
}

// linkOrRename moves a file by a way that fails if the new name exists, if there is one.
func (s *session) linkOrRename(temp, final string) error {
	_, canLink := s.client.HasExtension("hardlink@openssh.com")
	if !canLink || s.isOpenSSH() {
		// sftp-server(8) of OpenSSH links and unlinks for a plain rename.
		return s.client.Rename(temp, final)
	}
	err := s.client.Link(temp, final)
	if err == nil {
		// There are servers that say yes and do nothing, rclone 1.60 for one.
		if _, err := s.client.Stat(final); err == nil {
			return s.client.Remove(temp)
		} else if !isMissing(err) {
			return err
		}
		return s.client.Rename(temp, final)
	}
	if isUnsupported(err) {
		return s.client.Rename(temp, final)
	}
	return err
}

// isOpenSSH goes by the version that the server sent at the start (RFC 4253, 4.2).
func (s *session) isOpenSSH() bool {
	return strings.Contains(string(s.conn.ServerVersion()), "OpenSSH")
}

// moveOver gives the file its final name and replaces what has it.
func (s *session) moveOver(ctx context.Context, f destination.File, temp, final string) error {
	if _, err := s.client.Stat(temp); err != nil && isMissing(err) {
		return gone(f)
	}
	if _, ok := s.client.HasExtension("posix-rename@openssh.com"); ok {
		err := s.client.PosixRename(temp, final)
		if err == nil {
			return nil
		}
		if !isUnsupported(err) {
			return s.classify(ctx, "rename over", final, err)
		}
	}
	if err := s.remove(ctx, final); err != nil {
		return err
	}
	if err := s.client.Rename(temp, final); err != nil {
		return s.classify(ctx, "rename to", final, err)
	}
	return nil
}

func gone(f destination.File) error {
	return fault.New(fault.IntegrityMismatch, "publish %s: it was not uploaded, or its temporary file is gone", f.Name)
}
