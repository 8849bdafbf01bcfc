package activities

import (
	"context"
	"io"
	"path"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/fault"
)

// legWork is what the steps of one leg share: its plan, its files and an open session.
type legWork struct {
	plan    Plan
	leg     *PlannedLeg
	packed  []PackedFile
	files   []destination.File
	session destination.Session
	token   string
	account account.Snapshot // as it is now
}

// atLeg does the work of a step at its leg: memory is reserved, the keys are fit, a session
// is open.
func atLeg[Out any](a *Run, work func(context.Context, *legWork, *pulse) (Out, error)) func(context.Context, contract.LegIn, *pulse) (Out, error) {
	return func(ctx context.Context, in contract.LegIn, pulse *pulse) (out Out, err error) {
		release, err := hold(ctx, a.Sending, deliverWeight)
		if err != nil {
			return out, err
		}
		defer release()
		w, err := a.openFitLeg(ctx, in)
		if err != nil {
			return out, err
		}
		defer w.session.Close()
		return work(ctx, w, pulse)
	}
}

// openFitLeg is openLeg for the steps that deliver: the keys that the files were encrypted
// to must still be fit. That is asked before the connection, so that a run which waits for
// a dead destination is red as soon as its key is lost.
func (a *Run) openFitLeg(ctx context.Context, in contract.LegIn) (*legWork, error) {
	w, err := a.loadLeg(ctx, in)
	if err != nil {
		return nil, err
	}
	if _, err := fitKeys(w.account, w.leg, a.Now()); err != nil {
		return nil, err
	}
	return w, a.connect(ctx, w)
}

// openLeg reads plan and file set and connects; close the session.
func (a *Run) openLeg(ctx context.Context, in contract.LegIn) (*legWork, error) {
	w, err := a.loadLeg(ctx, in)
	if err != nil {
		return nil, err
	}
	return w, a.connect(ctx, w)
}

// loadLeg reads plan, file set and the account as it is now.
func (a *Run) loadLeg(ctx context.Context, in contract.LegIn) (*legWork, error) {
	w := &legWork{}
	var err error
	if w.plan, err = a.plan(ctx, in.Plan); err != nil {
		return nil, err
	}
	if w.leg = w.plan.leg(in.Leg); w.leg == nil {
		return nil, errNoLeg(in.Leg)
	}
	if w.packed, err = a.packedFiles(ctx, in); err != nil {
		return nil, err
	}
	for _, f := range w.packed {
		w.files = append(w.files, a.deliverable(w.leg.Leg.Path, f))
	}
	w.token = w.plan.of(in.Leg).Token()
	w.account, err = a.Accounts.Snapshot(ctx, w.plan.Delivery.Account)
	return w, err
}

// connect opens the session with the leg's destination.
func (a *Run) connect(ctx context.Context, w *legWork) error {
	d, ok := w.account.Destinations[w.leg.Leg.Destination]
	if !ok {
		return fault.New(fault.ConfigMissing, "destination %s was deleted", w.leg.Title).
			WithFix("choose another destination in the task, then resume the run")
	}
	dest, err := a.Adapters.Destination(ctx, w.plan.Delivery.Account, d)
	if err != nil {
		return err
	}
	w.session, err = dest.Connect(ctx)
	return err
}

func (a *Run) packedFiles(ctx context.Context, in contract.LegIn) ([]PackedFile, error) {
	var index PackIndex
	if err := a.Stage.GetJSON(ctx, in.Packed, &index); err != nil {
		return nil, err
	}
	for _, leg := range index.Legs {
		if leg.ID == in.Leg {
			return leg.Files, nil
		}
	}
	return nil, errNoLeg(in.Leg)
}

// deliverable gives a packed file to a destination, in the leg's folder there.
func (a *Run) deliverable(folder string, f PackedFile) destination.File {
	return destination.File{
		Name: path.Join(folder, f.Name), Size: f.Ref.Size, SHA256: f.Ref.SHA256,
		Open: func(ctx context.Context, offset int64) (io.ReadCloser, error) {
			if f.Encrypted {
				return a.Stage.OpenRaw(ctx, f.Ref, offset)
			}
			return a.openClear(ctx, f.Ref, offset)
		},
	}
}

// done makes the cursor of the first n files of the leg.
func (w *legWork) done(n int) func(*contract.Cursor) { return w.within(n, 0) }

// within makes the cursor of the first n files and of the bytes of the next that are safe.
func (w *legWork) within(n int, bytes int64) func(*contract.Cursor) {
	return func(c *contract.Cursor) { *c = contract.Cursor{Files: n, OfFiles: len(w.files), Bytes: bytes} }
}

// openClear opens a sealed object at an offset of its clear bytes.
func (a *Run) openClear(ctx context.Context, ref Ref, offset int64) (io.ReadCloser, error) {
	r, err := a.Stage.Open(ctx, ref)
	if err != nil || offset == 0 {
		return r, err
	}
	if _, err := io.CopyN(io.Discard, r, offset); err != nil {
		_ = r.Close() // the read error is the one to report
		return nil, fault.New(fault.Corrupt, "skip to byte %d of a staged file: %w", offset, err)
	}
	return r, nil
}
