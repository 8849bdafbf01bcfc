package activities

import (
	"context"
	"slices"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/receipt"
	"transporter/internal/report"
)

// acceptances returns all that was accepted for the window up to this attempt: what an
// operator took once need not be taken again when a later step fails.
func acceptances(claims []receipt.Claim, run contract.RunInput) *contract.Acceptance {
	accept := run.Accept
	for _, c := range slices.Backward(claims) {
		accept = c.Accept.With(accept)
	}
	return accept
}

// kept returns what this attempt takes over from an earlier one in place of asking the
// source: everything that was rendered for a redelivery, what was fetched for an empty
// window that was accepted. Nil: nothing.
func (a *Run) kept(ctx context.Context, def *report.Definition, d contract.Delivery, in contract.PlanIn, accept *contract.Acceptance, claims []receipt.Claim) (*contract.Kept, error) {
	switch {
	case in.Run.Redeliver:
		return a.keptFiles(ctx, def, d)
	case accept != nil && accept.Empty:
		return a.keptEmpty(ctx, d, in, claims)
	}
	return nil, nil
}

// keptFiles returns what the receipt of the window says was rendered, once all of it is
// known to be there still.
func (a *Run) keptFiles(ctx context.Context, def *report.Definition, d contract.Delivery) (*contract.Kept, error) {
	done, err := a.Book.Receipt(ctx, d)
	if err != nil {
		return nil, err
	}
	if done == nil {
		return nil, fault.New(fault.InvalidSpec, "the window is not delivered, so there is nothing to send again").
			WithFix("resume its run")
	}
	kept := done.Kept
	if kept == nil || kept.Rendered.Index.Key == "" {
		return nil, errNotKept()
	}
	var index RenderIndex
	if err = a.Stage.GetJSON(ctx, kept.Rendered.Index, &index); err == nil {
		err = sameReport(index.Report, def)
	}
	for i := 0; err == nil && i < len(index.Parts); i++ {
		err = a.present(ctx, index.Parts[i].Body)
	}
	if fault.Is(err, fault.NotFound) {
		return nil, errNotKept()
	}
	return kept, err
}

// present tells whether a staged object is there, by opening it.
func (a *Run) present(ctx context.Context, ref Ref) error {
	r, err := a.Stage.OpenRaw(ctx, ref, 0)
	if err != nil {
		return err
	}
	return r.Close()
}

func errNotKept() error {
	return fault.New(fault.NotFound, "the files of this window are no longer kept").
		WithFix("run the window again: that reads the source and delivers the next revision")
}

// keptEmpty returns what the last attempt fetched that was red because it had no rows; nil if that is
// no longer kept: the source is asked again then.
func (a *Run) keptEmpty(ctx context.Context, d contract.Delivery, in contract.PlanIn, claims []receipt.Claim) (*contract.Kept, error) {
	for _, c := range slices.Backward(claims) {
		if c.Attempt >= max(in.Run.Attempt, 1) {
			continue
		}
		r, err := a.Book.Run(ctx, d.Account, d.Task, c.WorkflowID)
		if err != nil {
			return nil, err
		}
		if r == nil || r.ErrorKind != string(fault.UnexpectedEmpty) {
			continue
		}
		if err := a.present(ctx, r.Fetched.Index); err != nil {
			if fault.Is(err, fault.NotFound) {
				err = nil
			}
			return nil, err
		}
		return &contract.Kept{By: c.WorkflowID, Fetched: r.Fetched}, nil
	}
	return nil, fault.New(fault.InvalidSpec, "no run of this window was red because it had no rows").
		WithField("accept.empty").WithFix("resume the run instead")
}
