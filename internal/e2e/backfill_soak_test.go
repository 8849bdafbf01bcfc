//go:build soak

package e2e

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"golang.org/x/sync/errgroup"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
)

const (
	// allWindows is 13 months of quarter hours, less what the reach of the report takes at
	// its far end while the test runs.
	allWindows = 37_000
	// rivals is how many bare workflows are measured, and how many are open at once: as many
	// as a backfill has.
	rivals, rivalsOpen = 400, 12
	bareQueue          = "bare"
)

// A backfill of SOAK_WINDOWS quarter hours runs to its end: each window once, with few calls
// of the source, at a third or more of the rate of bare workflows of nine steps on the same
// server; a pause is heard within ten seconds, and no live run of this or another task is
// late because of it.
func TestBackfillOfManyWindows(t *testing.T) {
	n := allWindows
	if text := os.Getenv("SOAK_WINDOWS"); text != "" {
		var err error
		n, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	s := start(t, options{size: 40_000})
	b := s.brand(t)
	c := s.client(t)
	bare := bareRate(t, c)

	w := s.before(0, time.Duration(n)*15*time.Minute)
	b.liveBeside(t)
	calls := s.calls(t)
	began := time.Now()
	past := quarterHours(b, w)
	past.End = nil // its live runs go on beside its past
	id := b.task(t, past)
	beforePause := n / 10
	var p httpapi.BackfillView
	// look is patient: a machine with more to do than it can answers late now and then.
	look := func() {
		v, err := b.api.Backfills(b.account, id).Get(t.Context(), "entry-1")
		if err != nil {
			t.Logf("after %s: %v", time.Since(began).Round(time.Second), err)
			return
		}
		p = v
	}
	waitFor(t, "a tenth is done", func() bool { look(); return p.Done >= beforePause })
	paused := time.Now()
	b.call(t, "POST", "tasks/"+id+"/backfills/entry-1/pause", nil, nil)
	started := startedRuns(t, c, id)
	heard := time.Duration(0)
	waitFor(t, "nothing starts any more", func() bool {
		now := startedRuns(t, c, id)
		if now != started {
			started, heard = now, time.Since(paused)
		}
		return time.Since(paused) > 15*time.Second
	})
	b.call(t, "POST", "tasks/"+id+"/backfills/entry-1/resume", nil, nil)
	pause := time.Since(paused)
	waitFor(t, "the backfill ends", func() bool { look(); return !p.Ended.IsZero() })
	took := time.Since(began) - pause
	calls = s.calls(t) - calls

	require.GreaterOrEqual(t, p.Total, n)
	n = p.Total // the quarter hours since the full hour are past as well
	rate := float64(n) / took.Minutes()
	t.Logf("%d windows in %s: %.0f a minute, %.2f of %.0f bare ones; %d source calls, %.3f a window; last start %s after the pause",
		n, took.Round(time.Second), rate, rate/bare, bare, calls, float64(calls)/float64(n), heard.Round(100*time.Millisecond))
	require.Equal(t, n, p.Delivered+p.Empty, "%+v", p)
	require.Zero(t, p.Failed)
	waitFor(t, "every window is covered, those of the live runs too", func() bool {
		c, err := b.api.Coverage(t.Context(), b.account, id, time.Time{}, time.Time{})
		return err == nil && c.Complete
	})
	b.requireLive(t, c, p, took)
	require.Less(t, heard, 10*time.Second, "a pause takes effect")
	require.LessOrEqual(t, float64(calls), float64(n)/10+50, "at most a tenth of a call a window")
	require.GreaterOrEqual(t, rate, bare/3)
}

// waitFor is eventually for what takes long: it gives up when the test binary does.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); time.Sleep(time.Second) {
		if time.Since(began) > 2*time.Hour {
			t.Fatal(what)
		}
	}
}

// startedRuns counts the runs of the task that visibility knows.
func startedRuns(t *testing.T, c client.Client, id string) int64 {
	t.Helper()
	n, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
		Query: fmt.Sprintf("WorkflowType = '%s' AND %s = '%s'", contract.WorkflowReportRun, contract.AttrTask, id),
	})
	require.NoError(t, err)
	return n.GetCount()
}

// bareRate is how many workflows of nine steps that do nothing the server does in a minute.
func bareRate(t *testing.T, c client.Client) float64 {
	t.Helper()
	w := worker.New(c, bareQueue, worker.Options{})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		for range 9 {
			if err := workflow.ExecuteActivity(ctx, "nothing").Get(ctx, nil); err != nil {
				return err
			}
		}
		return nil
	}, workflow.RegisterOptions{Name: "bare"})
	w.RegisterActivityWithOptions(func(context.Context) error { return nil }, activity.RegisterOptions{Name: "nothing"})
	require.NoError(t, w.Start())
	defer w.Stop()
	began := time.Now()
	var group errgroup.Group
	group.SetLimit(rivalsOpen)
	for i := range rivals {
		group.Go(func() error {
			run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: fmt.Sprintf("bare-%d", i), TaskQueue: bareQueue}, "bare")
			if err != nil {
				return err
			}
			return run.Get(t.Context(), nil)
		})
	}
	require.NoError(t, group.Wait())
	return rivals / time.Since(began).Minutes()
}
