package activities

import (
	"cmp"
	"context"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
)

// Await reports how many leaves the platform has exported of the window once nothing of it is
// missing but what was accepted. Until then it is fault.NotReady, and tried again for as long as the
// task waits. A window that is fetched is not looked at.
func (a *Run) Await(ctx context.Context, in contract.StepIn) (contract.AwaitOut, error) {
	return beating(ctx, in, a.await)
}

func (a *Run) await(ctx context.Context, in contract.StepIn, _ *pulse) (out contract.AwaitOut, err error) {
	plan, err := a.plan(ctx, in.Plan)
	if err != nil {
		return out, err
	}
	q, err := questionOf(&plan, a.Now())
	if err != nil {
		return out, err
	}
	var fetched contract.FetchOut
	if done, err := a.Stage.Committed(ctx, q.commit(), &fetched); err != nil || done {
		return contract.AwaitOut{Leaves: fetched.Slices}, err
	}
	src, err := a.openExports(ctx, &plan)
	if err != nil {
		return out, err
	}
	if _, err := a.readBefore(ctx, &plan, &q); err != nil {
		return out, err
	}
	leaves, err := src.Leaves(ctx, q.query)
	waits := feed.WaitsOf(err)
	if err == nil || len(waits) > 0 {
		if noted := a.noteListed(ctx, &plan, waits); noted != nil {
			return out, noted
		}
	}
	if err == nil || fault.Is(err, fault.NotReady) { // it has looked at what the platform says of the feed
		held, broken := a.held(ctx, &plan, q.def), a.broken(ctx, &plan, err)
		if held == nil || err == nil { // what we hold ourselves is not late until it is released
			err = cmp.Or(a.late(ctx, &plan, q.def, err), err)
		}
		err = cmp.Or(held, broken, err)
	}
	return contract.AwaitOut{Leaves: len(leaves)}, err
}
