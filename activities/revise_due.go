package activities

import (
	"context"
	"fmt"
	"time"

	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/receipt"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

// check is one window that is to be looked at again.
type check struct {
	window timeline.Window
	spec   task.Spec
	last   receipt.Done // how the window was delivered
	at     time.Time    // when the check was due
}

// due returns the delivered windows whose latest check is due and was not made.
func (a *Revise) due(ctx context.Context, accountID, id string, windows *timeline.Timeline, specs map[int]task.Spec) (checks []check, err error) {
	now, longest := a.Now(), time.Duration(0)
	for _, s := range specs {
		for _, after := range s.Revisions.CheckAfter {
			longest = max(longest, time.Duration(after))
		}
	}
	if longest == 0 {
		return nil, nil
	}
	_, calendar := windows.Last()
	from := now.Add(-longest - lookLate - calendar.Delay())
	known, err := a.known(ctx, accountID, id, from, now)
	if err != nil {
		return nil, err
	}
	reach := coverage.ReachAt(now)
	for w := range windows.Due(from, now) {
		spec := specs[w.Generation]
		at, due := spec.Revisions.Due(w.Fire, now)
		last, delivered := known.done[windowKey(w.Generation, w)]
		if !due || !delivered || !spec.Revisions.On() || at.Before(now.Add(-lookLate)) || !known.looked[windowKey(w.Generation, w)].Before(at) {
			continue
		}
		r, err := reach(spec)
		if err != nil {
			return nil, err
		}
		if !w.From.Before(r.Since) {
			checks = append(checks, check{w, spec, last, at})
		}
	}
	return checks, nil
}

// delivered is what is known of windows by generation and span.
type delivered struct {
	done   map[string]receipt.Done // the newest revision
	looked map[string]time.Time    // the latest check that was made
}

func windowKey(generation int, w timeline.Window) string {
	from, to := w.Span()
	return spanKey(generation, contract.Span{From: from, To: to})
}

func spanKey(generation int, s contract.Span) string { return fmt.Sprintf("g%d %s", generation, s) }

func (a *Revise) known(ctx context.Context, accountID, id string, from, to time.Time) (k delivered, err error) {
	k = delivered{map[string]receipt.Done{}, map[string]time.Time{}}
	for d, err := range a.Book.Dones(ctx, accountID, id, from, to.Add(time.Second)) {
		if err != nil {
			return k, err
		}
		key := spanKey(d.Delivery.Generation, d.Delivery.Span)
		if before, ok := k.done[key]; !ok || before.Delivery.Revision < d.Delivery.Revision {
			k.done[key] = d
		}
	}
	for l, err := range a.Book.Looks(ctx, accountID, id, from, to.Add(time.Second)) {
		if err != nil {
			return k, err
		}
		key := spanKey(l.Delivery.Generation, l.Delivery.Span)
		k.looked[key] = later(k.looked[key], l.At)
	}
	return k, nil
}

// open returns the windows of the task that an open run works on.
func (a *Revise) open(ctx context.Context, accountID, id string) (map[string]bool, error) {
	runs, err := a.Runs.Open(ctx, accountID, id)
	if err != nil {
		return nil, err
	}
	open := map[string]bool{}
	for run := range runs {
		if n, ok := contract.ParseRunID(run); ok {
			open[runKeyOf(n.Generation, n.Fire)] = true
		}
	}
	return open, nil
}

func runKeyOf(generation int, fire time.Time) string {
	return fmt.Sprintf("g%d-%d", generation, fire.Unix())
}
