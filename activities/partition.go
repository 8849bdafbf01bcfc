package activities

import (
	"context"
	"errors"
	"path"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// marker returns the empty file that says that a partition is whole; nil in the flat layout.
func (a *Run) marker(w *legWork) *destination.File {
	name := w.names.marker()
	if name == "" {
		return nil
	}
	f := a.note(w, destination.Marker, name, nil)
	return &f
}

// takePartition makes a partition ready for the leg's file set, which the hash of its manifest
// names: before the first file there has its final name.
// Readers go by the marker: where an earlier set is there, that is taken away first, and
// then what the new set will not replace. A partition of anybody else is a Collision.
// Idempotent: the set's own marker stays.
func (a *Run) takePartition(ctx context.Context, w *legWork) error {
	marker := a.marker(w)
	if marker == nil {
		return nil
	}
	manifest, err := a.manifest(w)
	if err != nil {
		return err
	}
	set := manifest.SHA256
	claim := a.claim(w, marker.Name, set)
	held, err := a.Book.Name(ctx, claim.Delivery.Account, w.leg.Leg.Destination, marker.Name)
	switch {
	case err != nil:
		return err
	case held == nil:
		if err := foreignMarker(ctx, w, marker.Name); err != nil {
			return err
		}
	case held.Delivery == claim.Delivery && held.SHA256 == set:
		return nil
	case held.YieldsTo(claim):
		if err := a.empty(ctx, w, marker.Name); err != nil {
			return err
		}
	}
	_, err = a.Book.ClaimName(ctx, w.leg.Leg.Destination, claim)
	return err
}

// foreignMarker refuses a partition that somebody else has finished.
func foreignMarker(ctx context.Context, w *legWork, name string) error {
	f, err := w.session.Open(ctx, name)
	switch {
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.PermissionDenied):
		return nil // not there, or not to be seen
	case err != nil:
		return err
	}
	return errors.Join(destination.Collide(name), f.Close())
}

// empty takes an earlier set out of the partition: the marker first.
func (a *Run) empty(ctx context.Context, w *legWork, marker string) error {
	there, ok := w.session.(destination.Withdrawer)
	if !ok {
		return fault.New(fault.Collision, "%s holds an earlier delivery of this partition, and files there cannot be removed", w.leg.Title).
			WithFix("deliver to another path, or use the flat layout, whose revisions have names of their own")
	}
	names, err := a.leftOver(ctx, w)
	if err != nil {
		return err
	}
	for _, name := range append([]string{marker}, names...) {
		f := destination.File{Name: name, Journal: a.journal(&w.plan, w.leg, name)}
		if err := there.Withdraw(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// leftOver lists the data files that earlier sets may have in the partition and that this one
// does not write.
func (a *Run) leftOver(ctx context.Context, w *legWork) (out []string, err error) {
	mine := map[string]bool{}
	for _, f := range w.files {
		mine[f.Name] = true
	}
	look := func(names []string) (found bool, err error) {
		for _, name := range names {
			name = path.Join(w.leg.Leg.Path, name)
			held, err := a.Book.Name(ctx, w.plan.Delivery.Account, w.leg.Leg.Destination, name)
			if err != nil {
				return found, err
			}
			if held != nil && !mine[name] && held.YieldsTo(a.claim(w, name, "")) {
				out = append(out, name)
			}
			found = found || held != nil
		}
		return found, nil
	}
	for _, kind := range w.names.kind {
		single, numbered := w.names.Others(w.names.of(kind))
		_, err := look(single)
		for i, more := 0, true; more && err == nil; i++ {
			more, err = look(numbered(i))
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// mark writes the marker: from then on readers take the partition as whole. Its name is
// claimed already, for the whole set.
func (a *Run) mark(ctx context.Context, w *legWork) error {
	marker := a.marker(w)
	if marker == nil {
		return nil
	}
	if err := w.session.Upload(ctx, *marker, w.token, func(int64) {}); err != nil {
		return err
	}
	if _, err := w.session.Verify(ctx, *marker, w.token, marker.Want); err != nil {
		return err
	}
	return w.session.Publish(ctx, *marker, w.token, false)
}
