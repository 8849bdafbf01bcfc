package activities

import (
	"context"
	"slices"

	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/receipt"
)

// Publish gives the verified files of a leg their final names, then writes the manifest,
// and the marker last where the layout has one. A name that this task holds from an earlier delivery of the same window is
// replaced; a name that holds somebody else's file is a Collision. A temporary file that is
// gone and a manifest that arrives damaged are IntegrityMismatch: the workflow sends again.
// Idempotent: what is published already is left alone.
func (a *Run) Publish(ctx context.Context, in contract.LegIn) (contract.PublishOut, error) {
	out, err := beating(ctx, in, atLeg(a, a.publish))
	return out, sendAgain(err)
}

func (a *Run) publish(ctx context.Context, w *legWork, pulse *pulse) (out contract.PublishOut, err error) {
	out.Atomic = w.session.Atomic()
	if err := a.inTurn(ctx, w); err != nil {
		return out, err
	}
	manifest, err := a.manifest(w)
	if err != nil {
		return out, err
	}
	if err := a.takePartition(ctx, w); err != nil {
		return out, err
	}
	if err := a.freeFor(ctx, w, manifest.Name); err != nil {
		return out, err
	}
	for i := pulse.at().Files; i < len(w.files); i++ { // those before have their names
		if err := a.publishOne(ctx, w, w.files[i]); err != nil {
			return out, err
		}
		pulse.move(w.done(i + 1))
	}
	if out.Files = len(w.files); out.Files == 0 && !marksEmpty(&w.plan, w.leg) && !w.packed.Tells {
		out.Location = w.leg.Title
		return out, nil
	}
	if err := a.place(ctx, w, manifest); err != nil {
		return out, err
	}
	if err := a.publishOne(ctx, w, manifest); err != nil {
		return out, err
	}
	if err := a.mark(ctx, w); err != nil {
		return out, err
	}
	out.Location = w.session.Location(manifest.Name)
	if who, ok := w.session.(destination.Announcer); ok {
		err = who.Announce(ctx, aboutLeg(&w.plan, w.leg), w.files)
	}
	return out, err
}

// freeFor refuses a name of the manifest that could not be taken, before a data file is there which
// no manifest would list.
func (a *Run) freeFor(ctx context.Context, w *legWork, manifest string) error {
	held, err := a.Book.Name(ctx, w.plan.Delivery.Account, w.leg.Leg.Destination, manifest)
	if err != nil || held == nil || len(w.files) == 0 {
		return err
	}
	return held.Refuse(a.claim(w, manifest, ""))
}

// place sends a file of our own like any other, checked at least as well as the destination
// does by default.
func (a *Run) place(ctx context.Context, w *legWork, f destination.File) error {
	if err := a.put(ctx, w, f, func(int64) {}); err != nil {
		return err
	}
	_, err := w.session.Verify(ctx, f, w.token, f.Want)
	return err
}

// publishOne takes the final name and moves the file to it.
func (a *Run) publishOne(ctx context.Context, w *legWork, f destination.File) error {
	replace, err := a.takeName(ctx, w, f)
	if err != nil {
		return err
	}
	return w.session.Publish(ctx, f, w.token, replace)
}

// takeName claims the final name and reports whether what lies there is to be replaced. A
// name that was claimed before may hold an earlier file of ours, or one of somebody else who
// stopped us then.
func (a *Run) takeName(ctx context.Context, w *legWork, f destination.File) (replace bool, err error) {
	before, err := a.Book.ClaimName(ctx, w.leg.Leg.Destination, a.claim(w, f.Name, f.SHA256))
	if err != nil || before == nil {
		return false, err
	}
	return a.holdsEarlier(ctx, w, f.Name)
}

// claim is what the leg says of a name that it takes for the bytes with the hash.
func (a *Run) claim(w *legWork, name, sha string) receipt.NameHolder {
	return receipt.NameHolder{Name: name, Delivery: w.plan.of(w.leg.ID), SHA256: sha, At: a.Now().UTC()}
}

// holdsEarlier reports whether the bytes under a final name are those of a file that we
// wanted there: only such a file may be replaced. One that cannot be read is not known to
// be ours.
func (a *Run) holdsEarlier(ctx context.Context, w *legWork, name string) (bool, error) {
	there, err := w.session.Open(ctx, name)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.PermissionDenied) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer there.Close()
	_, sum, err := destination.Digest(ctx, there)
	if err != nil {
		return false, err
	}
	holders, err := a.Book.Holders(ctx, w.plan.Delivery.Account, w.leg.Leg.Destination, name)
	return slices.ContainsFunc(holders, func(h receipt.NameHolder) bool { return h.SHA256 == sum }), err
}
