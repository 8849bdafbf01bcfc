package main

import (
	"context"
	"fmt"
	"time"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

const (
	watchBackfill = "show progress until the backfill ends; one that leaves failed windows is exit code 1"
	// backfillPoll is how often progress is asked for: it changes with the end of runs, which
	// take seconds.
	backfillPoll = 2 * time.Second
)

// afterBackfill shows a backfill, or watches it to its end.
func (a *app) afterBackfill(ctx context.Context, all apiclient.Backfills, task string, v httpapi.BackfillView, watch bool) error {
	if !watch {
		return a.showBackfill(v)
	}
	tick := time.NewTicker(backfillPoll)
	defer tick.Stop()
	for told := ""; ; {
		if line := progressLine(v); line != told {
			a.say("%s  %s", a.now().Local().Format(time.TimeOnly), line)
			told = line
		}
		if !v.Ended.IsZero() {
			a.say("")
			if err := a.showBackfill(v); err != nil {
				return err
			}
			return backfillVerdict(v, task)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stopped watching; the backfill goes on: starter backfill show %s %s --watch", task, v.ID)
		case <-tick.C:
		}
		next, err := all.Get(ctx, v.ID)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if err == nil {
			v = next
		}
	}
}

func progressLine(v httpapi.BackfillView) string {
	if v.Total == 0 && v.Ended.IsZero() {
		return v.State + ": counting the windows"
	}
	line := v.State + ": " + ofTotal(v) + " windows"
	if v.Failed > 0 {
		line += fmt.Sprintf(", %d failed", v.Failed)
	}
	if r := remaining(v); r != "" {
		line += ", " + r + " left"
	}
	return line
}

// backfillVerdict is nil for a backfill that came to its end without a red window.
func backfillVerdict(v httpapi.BackfillView, task string) error {
	switch {
	case v.Error != "":
		return fmt.Errorf("the backfill is %s: %s", v.State, v.Error)
	case v.Failed > 0:
		return fmt.Errorf("%d windows failed: starter run list --task %s --outcome failed", v.Failed, task)
	}
	return nil
}
