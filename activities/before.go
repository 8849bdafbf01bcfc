package activities

import (
	"context"
	"errors"
	"slices"
	"strings"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/receipt"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/store"
	"transporter/internal/task"
)

// before returns the delivery that a revision follows, nil where nothing is known of one. To
// look at a window again needs a delivery that is whole: one that is not at all of its
// destinations is InvalidSpec, so a revision waits for the one before it.
func (a *Run) before(ctx context.Context, d contract.Delivery, run contract.RunInput, spec task.Spec) (*Before, error) {
	looks := !run.Look.IsZero()
	switch {
	case looks && !spec.Revisions.On():
		return nil, fault.New(fault.InvalidSpec, "the task delivers no revisions of this window").WithField("revisions.mode").
			WithFix("choose full or changes for windows to come; deliver this one once more as a whole: starter task run TASK --rerun")
	case d.Revision == 0:
		return nil, nil
	}
	d.Revision--
	last, err := a.Book.Receipt(ctx, d)
	if err != nil {
		return nil, err
	}
	if last == nil && looks {
		return nil, fault.New(fault.InvalidSpec, "revision %d of the window is not delivered, which this one would follow", d.Revision).
			WithFix("finish its run first")
	}
	if last == nil {
		return nil, nil
	}
	b := &Before{Revision: d.Revision}
	if b.accepted, err = stillAccepted(last, spec); err != nil {
		return nil, err
	}
	if last.Kept != nil {
		b.Tracked = last.Kept.Rendered.Tracked
	}
	if last.Kept != nil && isFeed(spec) {
		b.Absent, err = a.wasAbsent(ctx, last.Kept.Rendered)
	}
	return b, err
}

// wasAbsent is the hash of what was absent of a delivery. A release before did not note it: it is made of what was
// rendered, as long as that is kept.
func (a *Run) wasAbsent(ctx context.Context, rendered contract.TransformOut) (string, error) {
	if rendered.Absent != "" || rendered.Index.Key == "" {
		return rendered.Absent, nil
	}
	var index RenderIndex
	if err := a.Stage.GetJSON(ctx, rendered.Index, &index); errors.Is(err, store.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return absentHash(index.Absent)
}

// stillAccepted is what a look need not ask for again. A record of a feed, and what was in doubt, is accepted as it
// was, by its hash; any other record by its id, which says nothing of what is wrong with it: as long as all that were
// accepted are left out. One that has been delivered since is asked for again should it ever be refused.
func stillAccepted(last *receipt.Receipt, spec task.Spec) (*contract.Acceptance, error) {
	if last.Accepted == nil {
		return nil, nil
	}
	def, err := report.Get(spec.Report, spec.Version)
	if err != nil {
		return nil, err
	}
	accepted := &contract.Acceptance{Note: last.Accepted.Note}
	asItWas := slices.DeleteFunc(slices.Clone(last.Accepted.Records), func(name string) bool { return !strings.HasPrefix(name, source.BadPrefix) })
	byID := int64(len(last.Accepted.Records) - len(asItWas))
	if accepted.Records = asItWas; def.Feed != nil || last.Kept != nil && last.Kept.Rendered.Quarantined == byID {
		accepted.Records = last.Accepted.Records
	}
	return accepted, nil
}

// hasWindow reports whether the leg takes part in the run. To look again is of use only where
// the window was delivered: a destination that the task was given later has nothing to revise.
func (a *Run) hasWindow(ctx context.Context, plan *Plan, leg string) (bool, error) {
	if !plan.looks() {
		return true, nil
	}
	d := plan.of(leg)
	d.Revision = plan.Before.Revision
	last, err := a.Book.Receipt(ctx, d)
	return last != nil, err
}
