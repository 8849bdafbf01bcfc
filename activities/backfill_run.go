package activities

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"golang.org/x/sync/errgroup"

	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/fault"
	"transporter/internal/timeline"
)

const (
	// defaultConcurrency is how many runs of a backfill are open at once: the small steps of
	// so many overlap, and live runs still find free slots.
	defaultConcurrency = 12
	// followFor is how long a run is waited for; one that waits for a dead destination goes
	// on alone and must not hold up the rest.
	followFor = 10 * time.Minute
	// followBeat is how often the follower reports that it is alive, and hears of a pause.
	followBeat = time.Second
)

// Run starts the runs of the next windows, in order, so many at once as asked, and follows
// each to its end. Cancelled (a pause), it starts no further one and returns what is done;
// runs that are open go on. Idempotent: the names of runs make a second start impossible,
// and the next attempt goes on after the last window that is looked at.
func (a *Backfill) Run(ctx context.Context, in contract.BackfillRunIn) (contract.BackfillRunOut, error) {
	f := &follower{backfill: a, in: in, ctx: ctx, done: map[int]string{}}
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &f.out); err != nil {
			f.out = contract.BackfillRunOut{}
		}
	}
	out, err := f.work(ctx)
	if err != nil && ctx.Err() != nil {
		out.More, err = true, nil // paused: what is done counts
	}
	return out, toTemporal(err)
}

// follower is one attempt of Run.
type follower struct {
	backfill *Backfill
	in       contract.BackfillRunIn
	ctx      context.Context

	mu    sync.Mutex
	lines []coverage.Line
	done  map[int]string // outcome of a line, out of order
	seen  int            // lines before it are counted
	out   contract.BackfillRunOut
}

func (f *follower) work(ctx context.Context) (contract.BackfillRunOut, error) {
	left := f.in
	left.After, left.Limit = later(f.in.After, f.out.Through), f.in.Limit-f.looked()
	lines, windows, more, stop, err := f.backfill.next(ctx, left)
	if err != nil || stop != "" {
		f.out.Stop = stop
		return f.out, err
	}
	f.lines = lines
	beating, stopBeat := context.WithCancel(ctx)
	defer stopBeat()
	go f.beat(beating, activity.GetWorkerStopChannel(f.ctx), stopBeat)
	if err := f.all(beating, windows); err != nil {
		if ctx.Err() == nil && beating.Err() != nil {
			err = errStopping
		}
		return f.result(), err
	}
	out := f.result()
	out.More = more
	return out, nil
}

func (f *follower) all(ctx context.Context, windows *timeline.Timeline) error {
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(orElse(f.in.Concurrency, defaultConcurrency))
	for i, l := range f.lines {
		if gctx.Err() != nil {
			break
		}
		name, ok := runOf(f.in.BackfillIn, l)
		if !ok {
			f.note(i, f.before(l))
			continue
		}
		group.Go(func() error {
			outcome, err := f.one(gctx, name, l, windows)
			if err == nil {
				f.note(i, outcome)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

func orElse(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// before is how a window counts that needs no run. What was delivered since the backfill
// began is its own work, of an attempt that died or was paused.
func (f *follower) before(l coverage.Line) string {
	if !l.At.Before(f.in.Since) && (l.Status == coverage.Delivered || l.Status == coverage.Empty) {
		return string(l.Status)
	}
	return contract.OutcomeSkipped
}

// one starts the run of a window, unless it exists, and waits for its end.
func (f *follower) one(ctx context.Context, name contract.RunName, l coverage.Line, windows *timeline.Timeline) (string, error) {
	if l.Status != coverage.Running {
		calendar := windows.Calendar(l.Seq)
		if calendar == nil {
			return "", errNoCalendar(l.Seq)
		}
		start, err := startOf(name, l.Window, windows.Entry(l.Seq).Spec, calendar.Zone())
		if err != nil {
			return "", err
		}
		if f.in.Mode == contract.BackfillRedeliver {
			start.Input.Trigger, start.Input.Redeliver = contract.TriggerRedeliver, true
		}
		if err := f.backfill.Runs.Start(ctx, start); err != nil && !fault.Is(err, fault.Conflict) {
			return "", err
		}
	}
	patient, cancel := context.WithTimeout(ctx, followFor)
	defer cancel()
	result, err := f.backfill.Runs.Await(patient, name.ID())
	switch {
	case err == nil:
		return result.Outcome, nil
	case patient.Err() != nil && ctx.Err() == nil:
		return contract.OutcomeSkipped, nil // goes on alone
	}
	return "", err
}

// note counts the windows up to the first that is still open.
func (f *follower) note(i int, outcome string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done[i] = outcome
	for {
		outcome, ok := f.done[f.seen]
		if !ok {
			return
		}
		delete(f.done, f.seen)
		switch outcome {
		case contract.OutcomeDelivered:
			f.out.Delivered++
		case contract.OutcomeEmpty:
			f.out.Empty++
		case contract.OutcomeSkipped, contract.OutcomeDuplicate, contract.OutcomeUnchanged:
			f.out.Skipped++
		default:
			f.out.Failed++
		}
		f.out.Through = f.lines[f.seen].To
		f.seen++
	}
}

func (f *follower) looked() int {
	return f.out.Delivered + f.out.Empty + f.out.Skipped + f.out.Failed
}

func (f *follower) result() contract.BackfillRunOut {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out
}

// beat reports what is done until the work ends; the worker's shutdown ends the attempt.
func (f *follower) beat(ctx context.Context, stopping <-chan struct{}, stop func()) {
	tick := time.NewTicker(followBeat)
	defer tick.Stop()
	for {
		activity.RecordHeartbeat(f.ctx, f.result())
		select {
		case <-ctx.Done():
			return
		case <-stopping:
			stop()
			return
		case <-tick.C:
		}
	}
}
