package activities

import (
	"context"
	"fmt"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/pgp"
)

// legWork is what the steps of one leg share: its plan, its files and an open session.
type legWork struct {
	plan    Plan
	leg     *PlannedLeg
	names   names
	packed  PackedLeg
	files   []destination.File
	session destination.Session
	token   string
	account account.Snapshot // as it is now
	keys    []*pgp.Key       // of the receivers, fit; none where files are clear
}

// atLeg does the work of a step at its leg: the keys are fit, the destination's gate lets it
// in, memory is reserved, a session is open.
func atLeg[Out any](a *Run, work func(context.Context, *legWork, *pulse) (Out, error)) func(context.Context, contract.LegIn, *pulse) (Out, error) {
	return func(ctx context.Context, in contract.LegIn, pulse *pulse) (out Out, err error) {
		w, err := a.loadFitLeg(ctx, in)
		if err != nil {
			return out, err
		}
		leave, err := a.Gate.Enter(w.plan.Delivery.Account + "/" + w.leg.Leg.Destination)
		if err != nil {
			return out, fmt.Errorf("%s: %w", w.leg.Title, err)
		}
		defer func() { leave(err) }()
		release, err := hold(ctx, a.Sending, deliverWeight)
		if err != nil {
			return out, err
		}
		defer release()
		if err := a.connect(ctx, w); err != nil {
			return out, err
		}
		defer w.session.Close()
		return work(ctx, w, pulse)
	}
}

// loadFitLeg is loadLeg for the steps that deliver: the keys that the files were encrypted
// to must still be fit. That is asked before the connection, so that a run which waits for
// a dead destination is red as soon as its key is lost.
func (a *Run) loadFitLeg(ctx context.Context, in contract.LegIn) (*legWork, error) {
	w, err := a.loadLeg(ctx, in)
	if err != nil {
		return nil, err
	}
	w.keys, err = fitKeys(w.account, w.leg, a.Now())
	return w, err
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
	if w.names, err = namesOf(&w.plan, w.leg); err != nil {
		return nil, err
	}
	if w.packed, err = a.packedLeg(ctx, in); err != nil {
		return nil, err
	}
	w.token = w.plan.of(in.Leg).Token()
	about := aboutLeg(&w.plan, w.leg)
	about.Parts = len(w.packed.Files)
	for _, f := range w.packed.Files {
		w.files = append(w.files, a.deliverable(&w.plan, w.leg, about, f))
	}
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
	if err != nil {
		return err
	}
	for i := range w.files {
		w.files[i].Want = w.asked()
	}
	return nil
}

// asked is the level at which the leg's files are verified.
func (w *legWork) asked() destination.Level {
	if level := w.leg.Leg.Verify; level != nil {
		return destination.Level(*level)
	}
	return w.session.Default()
}

func (a *Run) packedLeg(ctx context.Context, in contract.LegIn) (PackedLeg, error) {
	var index PackIndex
	if err := a.Stage.GetJSON(ctx, in.Packed, &index); err != nil {
		return PackedLeg{}, err
	}
	for _, leg := range index.Legs {
		if leg.ID == in.Leg {
			return leg, nil
		}
	}
	return PackedLeg{}, errNoLeg(in.Leg)
}

// done makes the cursor of the first n files of the leg.
func (w *legWork) done(n int) func(*contract.Cursor) { return w.within(n, 0) }

// within makes the cursor of the first n files and of the bytes of the next that are safe.
func (w *legWork) within(n int, bytes int64) func(*contract.Cursor) {
	return func(c *contract.Cursor) { *c = contract.Cursor{Files: n, OfFiles: len(w.files), Bytes: bytes} }
}
