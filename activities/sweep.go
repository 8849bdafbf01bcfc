package activities

import (
	"context"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/timeline"
)

// longestSweep is the time that one query may cover. Conversations are searched by an end
// that moves for eight days, so that even a week read at once costs less than two days read
// one by one; and what is read a second time after a failure stays bounded.
const longestSweep = 7 * 24 * time.Hour

// Sweep reads windows of a Backfill before their runs begin.
type Sweep struct {
	Backfill *Backfill
	Run      *Run
}

// Sweep reads the next windows of a Backfill with one query for all neighbours, where the
// report allows it, and cuts the answer: each window gets the fetch commit, and the pages,
// that the fetch step of its own run would have made, so that the run finds them and asks
// nothing. It is complete or an error, as a fetch is. A window that is fetched already, or
// is out of the source's reach, is left to its run. A redelivery reads nothing: it sends what
// is kept. Idempotent: what is staged is not read again.
func (a *Sweep) Sweep(ctx context.Context, in contract.BackfillRunIn) (contract.BackfillSwept, error) {
	return beating(ctx, in, a.sweep)
}

func (a *Sweep) sweep(ctx context.Context, in contract.BackfillRunIn, pulse *pulse) (out contract.BackfillSwept, err error) {
	if in.Mode == contract.BackfillRedeliver {
		return out, nil
	}
	lines, windows, _, stop, err := a.Backfill.next(ctx, in)
	if err != nil || stop != "" {
		return out, err
	}
	plans, err := a.plans(ctx, in.BackfillIn, lines, windows)
	if err != nil {
		return out, err
	}
	for _, group := range neighbours(plans) {
		swept, err := a.read(ctx, group, pulse)
		if err != nil {
			return out, err
		}
		out.Windows += swept.Windows
		out.Records += swept.Records
		out.Calls += swept.Calls
	}
	return out, nil
}

// sweptPlan is what the plan step of a run will say of where and what to read.
type sweptPlan struct {
	Plan

	question question
	seq      int
}

// plans returns those of the windows that have to be read.
func (a *Sweep) plans(ctx context.Context, in contract.BackfillIn, lines []coverage.Line, windows *timeline.Timeline) ([]sweptPlan, error) {
	snapshot, err := a.Run.Accounts.Snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	var plans []sweptPlan
	for _, l := range lines {
		name, ok := runOf(in, l)
		if !ok || l.Status == coverage.Running {
			continue
		}
		spec := windows.Entry(l.Seq).Spec
		src, ok := snapshot.Sources[spec.Source]
		if !ok {
			continue // its run says so
		}
		from, to := l.Span()
		p := sweptPlan{seq: l.Seq, Plan: Plan{
			Attempt: name.Attempt, Trigger: contract.TriggerBackfill, Window: contract.Span{From: from, To: to}, Spec: spec, Version: spec.Version, PlatformAccount: src.PlatformAccount,
		}}
		p.Delivery = contract.Delivery{Account: in.Account, Task: in.Task, Generation: name.Generation, Span: p.Window, Revision: name.Revision}
		if p.question, err = questionOf(&p.Plan, a.Run.Now()); err != nil {
			return nil, err
		}
		if p.question.def.Sweep && p.question.alone() && reachable(p.question.def, &p.Plan, a.Run.Now()) == nil {
			plans = append(plans, p)
		}
	}
	return plans, nil
}

// neighbours groups the windows that one query reads: of one ledger entry, so of one
// question, and not too long together. A window alone is left to its run.
func neighbours(plans []sweptPlan) (groups [][]sweptPlan) {
	for len(plans) > 0 {
		n := 1
		for n < len(plans) && plans[n].seq == plans[0].seq && plans[n].Window.To-plans[0].Window.From <= longestSweep.Milliseconds() {
			n++
		}
		if n > 1 {
			groups = append(groups, plans[:n])
		}
		plans = plans[n:]
	}
	return groups
}

// read reads and cuts one group.
func (a *Sweep) read(ctx context.Context, group []sweptPlan, pulse *pulse) (out contract.BackfillSwept, err error) {
	open, err := a.unread(ctx, group)
	if err != nil || len(open) < 2 {
		return out, err
	}
	wide := open[0]
	wide.Window.To = open[len(open)-1].Window.To
	if wide.question, err = wideQuestion(wide.Plan, open, a.Run.Now()); err != nil {
		return out, err
	}
	var index FetchIndex
	c := cutter{Run: a.Run, plans: open, swept: wide.question.prefix}
	err = a.Run.withIDRoom(ctx, func(room func(bytes int64) error) error {
		src, err := a.Run.openSource(ctx, &wide.Plan)
		if err != nil {
			return err
		}
		if index, err = a.Run.stageStreams(ctx, src, wide.question, reading{pulse, byTime, room}); err != nil {
			return err
		}
		if err := whole(index); err != nil {
			return err
		}
		c.room, c.records = room, 0
		return c.cut(ctx, index, pulse)
	})
	if err != nil {
		return out, err
	}
	n, err := a.Run.Stage.RemoveAll(ctx, wide.question.prefix)
	activity.GetLogger(ctx).Info("windows are swept", "windows", len(open), "records", c.records, "calls", total(index.records()).Calls, "removed", n)
	return contract.BackfillSwept{Windows: len(open), Records: c.records, Calls: total(index.records()).Calls}, err
}

// unread returns the windows that are not fetched.
func (a *Sweep) unread(ctx context.Context, group []sweptPlan) (open []sweptPlan, err error) {
	for _, p := range group {
		done, err := a.Run.Stage.Committed(ctx, p.question.commit(), new(contract.FetchOut))
		if err != nil {
			return nil, err
		}
		if !done {
			open = append(open, p)
		}
	}
	return slices.Clip(open), nil
}

// wideQuestion asks for all the windows at once. Its answer lies below a prefix of its own
// and is removed as soon as it is cut.
func wideQuestion(wide Plan, open []sweptPlan, now time.Time) (question, error) {
	q, err := questionOf(&wide, now)
	if err != nil {
		return q, err
	}
	prefixes := make([]string, len(open))
	for i, p := range open {
		prefixes[i] = p.question.prefix
	}
	key, err := digest("sweep/1", prefixes)
	q.prefix = "sweeps/" + wide.Delivery.Account + "/" + wide.Delivery.Task + "/" + key
	return q, err
}
