package sftp

import (
	"context"
	"errors"

	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/probe"
	"transporter/internal/sshlogin"
)

// Probe delivers a small file of its own under a random hidden name, and tells what the
// server lets us do. It fails only where nothing could be delivered. The file is removed
// again, also then; where the server forbids that, a note names it.
func (d *Destination) Probe(ctx context.Context) (found destination.Capabilities, err error) {
	found.Log = probe.Begin()
	conn, err := d.probeLogin(ctx, &found)
	if err != nil {
		return found, err
	}
	s, err := d.start(ctx, conn)
	if err := found.Tried(destination.StepLogin, err); err != nil {
		return found, err
	}
	defer s.Close()
	f, token := destination.ProbeFile(destination.HiddenProbe)
	if err := s.tryDelivery(ctx, &found, f, token); err != nil {
		return found, errors.Join(err, s.cleanProbe(ctx, f, token))
	}
	s.sweepProbes(ctx, f.Name)
	err = s.cleanProbe(ctx, f, token)
	if fault.Is(err, fault.PermissionDenied) {
		found.Lacks(destination.StepDelete, "files cannot be removed: please remove "+s.final(f.Name))
		return found, nil
	}
	err = found.Tried(destination.StepDelete, err)
	return found, err
}

// probeLogin records whether the server was reached, and the login if it was refused.
func (d *Destination) probeLogin(ctx context.Context, found *destination.Capabilities) (*sshlogin.Client, error) {
	conn, err := d.login.Connect(ctx)
	if fault.Is(err, fault.AuthFailed) {
		found.Passed(destination.StepConnect)
		return nil, found.Tried(destination.StepLogin, err)
	}
	return conn, found.Tried(destination.StepConnect, err)
}

func (s *session) tryDelivery(ctx context.Context, found *destination.Capabilities, f destination.File, token string) error {
	if err := found.Tried(destination.StepWrite, s.Upload(ctx, f, token, func(int64) {})); err != nil {
		return err
	}
	if err := s.tryReading(ctx, found, f, token); err != nil {
		return err
	}
	if _, ok := s.client.HasExtension("fsync@openssh.com"); !ok {
		found.Notes = append(found.Notes, "the server cannot be asked to flush files to its disk")
	}
	err := s.Publish(ctx, f, token, false)
	found.Atomic = err == nil && s.Atomic()
	if s.d.config.InPlace {
		found.Notes = append(found.Notes, "files are written under their final names: a reader may see half of one until the manifest is there")
		return err
	}
	return found.Tried(destination.StepRename, err)
}

// tryReading finds out how well files can be verified.
func (s *session) tryReading(ctx context.Context, found *destination.Capabilities, f destination.File, token string) (err error) {
	found.Highest, err = s.Verify(ctx, f, token, destination.Bytes)
	if err != nil {
		return found.Tried(destination.StepRead, err)
	}
	switch found.Highest {
	case destination.Sent:
		found.Lacks(destination.StepRead, "files cannot be looked at or read back: nothing can be verified")
	case destination.Size:
		found.Lacks(destination.StepRead, "files cannot be read back: only their sizes can be verified, and an interrupted upload starts again")
	default:
		_ = found.Tried(destination.StepRead, nil)
	}
	if !s.d.config.Commands {
		return nil
	}
	level, err := s.Verify(ctx, f, token, destination.Hash)
	if err == nil && level != destination.Hash {
		found.Notes = append(found.Notes, "the server does not run sha256sum: files are read back instead")
	}
	return err
}

// cleanProbe removes what a probe wrote, also after its context has ended.
func (s *session) cleanProbe(ctx context.Context, f destination.File, token string) error {
	ctx, cancel := destination.Cleaning(ctx)
	defer cancel()
	return errors.Join(s.remove(ctx, s.temp(f.Name, token)), s.remove(ctx, s.final(f.Name)))
}
