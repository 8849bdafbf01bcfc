package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
)

const (
	// backfillChunk is how many windows one activity follows: few enough for progress that
	// moves, many enough that waiting for the last of them costs little.
	backfillChunk = 250
	// backfillChunks is how many of them an execution has before it continues as new.
	backfillChunks = 2
)

// backfill is one Backfill: what was asked and how far it is.
type backfill struct {
	in       contract.BackfillIn
	progress contract.BackfillProgress
	title    string
	after    time.Time
	paused   bool
	since    time.Time // of the pause
	stopRuns workflow.CancelFunc
}

// Backfill delivers past windows of one task: those of its range that the task expects and
// nobody has worked on, or more, by its mode. Runs are started under their own names with
// low priority and followed, so many at once as asked; a window that is delivered or
// running is never started twice. It can be paused, resumed and cancelled at any time, ends
// by itself when the task is disabled, and goes on over any number of windows as a chain
// of continued executions.
func (o Options) Backfill(ctx workflow.Context, in contract.BackfillIn) (contract.BackfillProgress, error) {
	ctx = o.bind(ctx)
	b := newBackfill(ctx, in)
	if err := workflow.SetQueryHandler(ctx, contract.QueryProgress, func() (contract.BackfillProgress, error) { return b.progress, nil }); err != nil {
		return b.progress, err
	}
	b.listen(ctx)
	more, err := b.run(ctx)
	switch {
	case temporal.IsCanceledError(err):
		b.finish(ctx, contract.StateCancelled, "")
		return b.progress, err
	case err != nil:
		b.finish(ctx, contract.StateStopped, message(err))
		return b.progress, temporal.NewNonRetryableApplicationError(message(err), string(kindOf(err)), nil)
	case more:
		return b.progress, b.again(ctx)
	}
	if b.progress.State == contract.StateRunning {
		b.finish(ctx, contract.StateDone, "")
	}
	return b.progress, nil
}

func newBackfill(ctx workflow.Context, in contract.BackfillIn) *backfill {
	b := &backfill{in: in}
	b.in.Carried = nil
	if c := in.Carried; c != nil {
		b.progress, b.after, b.paused, b.title = c.Progress, c.After, c.Paused, c.Title
		b.since = workflow.Now(ctx)
		return b
	}
	b.progress = contract.BackfillProgress{
		State: contract.StateRunning, Reason: in.Reason, Mode: in.Mode, Started: workflow.Now(ctx).UTC(), From: in.From, To: in.To,
	}
	return b
}

// listen takes pause and resume, in order of their arrival.
func (b *backfill) listen(ctx workflow.Context) {
	workflow.Go(ctx, func(ctx workflow.Context) {
		selector := workflow.NewSelector(ctx)
		selector.AddReceive(workflow.GetSignalChannel(ctx, contract.SignalPause), func(c workflow.ReceiveChannel, _ bool) {
			c.Receive(ctx, nil)
			b.pause(ctx)
		})
		selector.AddReceive(workflow.GetSignalChannel(ctx, contract.SignalResume), func(c workflow.ReceiveChannel, _ bool) {
			c.Receive(ctx, nil)
			b.resume(ctx)
		})
		for {
			selector.Select(ctx)
		}
	})
}

func (b *backfill) pause(ctx workflow.Context) {
	if b.paused {
		return
	}
	b.paused, b.since, b.progress.State = true, workflow.Now(ctx), contract.StatePaused
	if b.stopRuns != nil {
		b.stopRuns() // no further run is started; those under way go on
	}
	b.show(ctx)
}

func (b *backfill) resume(ctx workflow.Context) {
	if !b.paused {
		return
	}
	b.paused, b.progress.State = false, contract.StateRunning
	b.progress.PausedFor += workflow.Now(ctx).Sub(b.since)
	b.show(ctx)
}

// run works through the windows; more says that an execution has had enough of them.
func (b *backfill) run(ctx workflow.Context) (more bool, err error) {
	if b.title == "" {
		scope, err := exec[contract.BackfillScope](summarise(ctx, "count the windows"), contract.ActivityBackfillScope, b.in)
		if err != nil || b.stopped(ctx, scope.Stop) {
			return false, err
		}
		b.title, b.progress.Total = scope.Title, scope.Total
	}
	for chunk := 0; chunk < backfillChunks; {
		b.show(ctx)
		if err := workflow.Await(ctx, func() bool { return !b.paused }); err != nil {
			return false, err
		}
		if err := b.sweep(ctx); err != nil {
			return false, err
		}
		if b.paused { // meanwhile
			continue
		}
		out, err := b.follow(ctx)
		if err != nil {
			return false, err
		}
		b.add(ctx, out)
		switch {
		case ctx.Err() != nil:
			return false, ctx.Err()
		case b.stopped(ctx, out.Stop), !out.More && !b.paused:
			return false, nil
		case !b.paused:
			chunk++
		}
	}
	return true, nil
}

// sweep has the next windows read together. Without it they are read one by one: a sweep
// that fails for good leaves it to the runs to say why.
func (b *backfill) sweep(ctx workflow.Context) error {
	running, cancel := workflow.WithCancel(ctx)
	defer cancel()
	b.stopRuns = cancel
	if b.paused {
		return nil
	}
	_, err := exec[contract.BackfillSwept](summarise(running, "read windows after %s together", b.after.UTC().Format(time.RFC3339)),
		contract.ActivityBackfillSweep, b.next())
	if err != nil && !temporal.IsCanceledError(err) {
		workflow.GetLogger(ctx).Warn("windows are read one by one", "error", message(err))
	}
	return ctx.Err()
}

// next asks for the next windows.
func (b *backfill) next() contract.BackfillRunIn {
	return contract.BackfillRunIn{BackfillIn: b.in, After: b.after, Limit: backfillChunk, Since: b.progress.Started}
}

// follow has the next windows run. A pause or the end of the backfill ends it early, with
// what is done so far.
func (b *backfill) follow(ctx workflow.Context) (contract.BackfillRunOut, error) {
	running, cancel := workflow.WithCancel(ctx)
	defer cancel()
	b.stopRuns = cancel
	out, err := exec[contract.BackfillRunOut](summarise(running, "windows after %s", b.after.UTC().Format(time.RFC3339)), contract.ActivityBackfillRun, b.next())
	if temporal.IsCanceledError(err) && ctx.Err() == nil { // paused before it began
		return contract.BackfillRunOut{More: true}, nil
	}
	return out, err
}

// add counts what a chunk did.
func (b *backfill) add(ctx workflow.Context, out contract.BackfillRunOut) {
	p := &b.progress
	p.Delivered += out.Delivered
	p.Empty += out.Empty
	p.Skipped += out.Skipped
	p.Failed += out.Failed
	p.Done = p.Delivered + p.Empty + p.Skipped + p.Failed
	p.Total = max(p.Total, p.Done)
	if !out.Through.IsZero() {
		b.after, p.At = out.Through, out.Through
	}
	if p.Done > 0 {
		spent := workflow.Now(ctx).Sub(p.Started) - p.PausedFor
		p.Remaining = (spent / time.Duration(p.Done) * time.Duration(p.Total-p.Done)).Truncate(time.Second)
	}
}

// stopped ends the backfill when there is a reason to.
func (b *backfill) stopped(ctx workflow.Context, why string) bool {
	if why != "" {
		b.finish(ctx, contract.StateStopped, why)
	}
	return why != ""
}

func (b *backfill) finish(ctx workflow.Context, state, why string) {
	b.progress.State, b.progress.Error, b.progress.Remaining = state, why, 0
	b.progress.Ended = workflow.Now(ctx).UTC()
	b.show(ctx)
}

// again continues as new; signals that wait are taken first, since they would be lost.
func (b *backfill) again(ctx workflow.Context) error {
	for _, name := range []string{contract.SignalPause, contract.SignalResume} {
		for workflow.GetSignalChannel(ctx, name).ReceiveAsync(nil) {
			if name == contract.SignalPause {
				b.pause(ctx)
			} else {
				b.resume(ctx)
			}
		}
	}
	in := b.in
	in.Carried = &contract.BackfillCarried{After: b.after, Paused: b.paused, Title: b.title, Progress: b.progress}
	return workflow.NewContinueAsNewError(ctx, contract.WorkflowBackfill, in)
}
