package activities

import (
	"context"
	"slices"
	"strings"

	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/manifest"
	"transporter/internal/receipt"
	"transporter/internal/task"
)

// Publish gives the verified files of a leg their final names and writes the manifest
// after them. A name that this task holds from an earlier delivery of the same window is
// replaced; a name that holds somebody else's file is a Collision. A temporary file that is
// gone and a manifest that arrives damaged are IntegrityMismatch: the workflow sends again.
// Idempotent: what is published already is left alone.
func (a *Run) Publish(ctx context.Context, in contract.LegIn) (contract.PublishOut, error) {
	out, err := beating(ctx, in, atLeg(a, a.publish))
	return out, sendAgain(err)
}

func (a *Run) publish(ctx context.Context, w *legWork, pulse *pulse) (out contract.PublishOut, err error) {
	out.Atomic = w.session.Atomic()
	for i := pulse.at().Files; i < len(w.files); i++ { // those before have their names
		if err := a.publishOne(ctx, w, w.files[i]); err != nil {
			return out, err
		}
		pulse.move(w.done(i + 1))
	}
	if out.Files = len(w.files); out.Files == 0 && w.plan.Spec.EmptyResult != task.EmptyMarker {
		out.Location = w.leg.Title
		return out, nil
	}
	name, err := a.publishManifest(ctx, w)
	if err != nil {
		return out, err
	}
	out.Location = w.session.Location(name)
	if who, ok := w.session.(destination.Announcer); ok {
		err = who.Announce(ctx, aboutLeg(&w.plan, w.leg), w.files)
	}
	return out, err
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
	before, err := a.Book.ClaimName(ctx, w.leg.Leg.Destination, receipt.NameHolder{
		Name: f.Name, Delivery: w.plan.of(w.leg.ID), SHA256: f.SHA256, At: a.Now().UTC(),
	})
	if err != nil || before == nil {
		return false, err
	}
	return a.holdsEarlier(ctx, w, f.Name)
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

// publishManifest sends the manifest like any file, checked at least as well as the
// destination does by default, and last: who sees it may read the rest.
func (a *Run) publishManifest(ctx context.Context, w *legWork) (string, error) {
	f, err := a.manifest(w)
	if err != nil {
		return "", err
	}
	if err := a.put(ctx, w, f, func(int64) {}); err != nil {
		return "", err
	}
	if _, err := w.session.Verify(ctx, f, w.token, f.Want); err != nil {
		return "", err
	}
	return f.Name, a.publishOne(ctx, w, f)
}

// manifestName is the first part's name, without part and encryption, as .manifest.json.
func manifestName(plan *Plan, leg *PlannedLeg) (string, error) {
	name, err := fileName(plan, leg, 1, 1)
	if err != nil {
		return "", err
	}
	name = strings.TrimSuffix(name, encryptedSuffix)
	return strings.TrimSuffix(name, "."+plan.Spec.Format) + manifest.Suffix, nil
}
