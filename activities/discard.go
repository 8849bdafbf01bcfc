package activities

import (
	"context"

	"transporter/internal/contract"
	"transporter/internal/destination"
)

// Discard removes what a leg that is red has left under temporary names, so that a file
// which may no longer be delivered, for example one for a revoked key, lies nowhere. Final
// names are not touched. Idempotent.
func (a *Run) Discard(ctx context.Context, in contract.LegIn) error {
	_, running, stop := startPulse(ctx)
	defer stop()
	return toTemporal(interrupted(running, a.discard(running, in)))
}

func (a *Run) discard(ctx context.Context, in contract.LegIn) error {
	w, err := a.openLeg(ctx, in)
	if err != nil {
		return err
	}
	defer w.session.Close()
	manifest, err := a.manifest(w)
	if err != nil {
		return err
	}
	own := []destination.File{manifest}
	if marker := a.marker(w); marker != nil {
		own = append(own, *marker)
	}
	for _, f := range append(own, w.files...) {
		if err := w.session.Discard(ctx, f, w.token); err != nil {
			return err
		}
	}
	return nil
}
