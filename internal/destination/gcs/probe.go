package gcs

import (
	"context"
	"errors"

	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/probe"
)

// Probe delivers a small file of its own, the way that files are delivered, reads it back
// and removes it. What a delivery needs is tried, so that a right that is missing fails it.
func (d *Destination) Probe(ctx context.Context) (destination.Capabilities, error) {
	s := d.connect()
	found := destination.Capabilities{Log: probe.Begin(), Atomic: true, Highest: destination.Bytes}
	f, token := destination.ProbeFile(destination.HiddenProbe)
	if err := s.tryDelivery(ctx, &found, f, token); err != nil {
		ctx, cancel := destination.Cleaning(ctx)
		defer cancel()
		_ = errors.Join(s.Discard(ctx, f, token), s.remove(ctx, s.Key(f.Name))) // what went wrong first is what to tell
		return found, err
	}
	s.sweepProbes(ctx, f.Name)
	err := found.Tried(destination.StepDelete, s.remove(ctx, s.Key(f.Name)))
	return found, err
}

func (s *session) tryDelivery(ctx context.Context, found *destination.Capabilities, f destination.File, token string) error {
	if err := s.tryUpload(ctx, found, f, token); err != nil {
		return err
	}
	_, err := s.Verify(ctx, f, token, destination.Bytes)
	if err := found.Tried(destination.StepRead, err); err != nil {
		return err
	}
	return found.Tried(destination.StepRename, s.Publish(ctx, f, token, false))
}

// tryUpload tells at which step the first requests failed: the protocol has no login of its
// own.
func (s *session) tryUpload(ctx context.Context, found *destination.Capabilities, f destination.File, token string) error {
	err := s.Upload(ctx, f, token, func(int64) {})
	if fault.Is(err, fault.Upstream) && statusOf(err) == 0 {
		return found.Tried(destination.StepConnect, err)
	}
	if fault.Is(err, fault.AuthFailed) {
		found.Passed(destination.StepConnect)
		return found.Tried(destination.StepLogin, err)
	}
	found.Passed(destination.StepConnect, destination.StepLogin)
	return found.Tried(destination.StepWrite, err)
}
