package cloudstore

import (
	"context"
	"errors"

	"transporter/internal/destination"
	"transporter/internal/probe"
)

// Probe delivers a small file of its own, reads it back and removes it.
func (d *Destination) Probe(ctx context.Context) (destination.Capabilities, error) {
	found := destination.Capabilities{Log: probe.Begin(), Atomic: true, Highest: destination.Bytes}
	f, token := destination.ProbeFile(destination.HiddenProbe)
	err := d.tryDelivery(ctx, &found, f, token)
	if err == nil {
		d.sweepProbes(ctx, f.Name)
	}
	ctx, cancel := destination.Cleaning(ctx)
	defer cancel()
	left := errors.Join(d.store.Delete(ctx, d.temp(f.Name, token)), d.store.Delete(ctx, d.final(f.Name)))
	if err != nil {
		return found, errors.Join(err, left)
	}
	err = found.Tried(destination.StepDelete, left)
	return found, err
}

func (d *Destination) tryDelivery(ctx context.Context, found *destination.Capabilities, f destination.File, token string) error {
	s := &session{d}
	if err := found.Tried(destination.StepWrite, s.Upload(ctx, f, token, func(int64) {})); err != nil {
		return err
	}
	_, err := s.Verify(ctx, f, token, destination.Bytes)
	if err := found.Tried(destination.StepRead, err); err != nil {
		return err
	}
	return found.Tried(destination.StepRename, s.Publish(ctx, f, token, false))
}
