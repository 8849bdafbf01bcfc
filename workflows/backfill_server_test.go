package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
	"transporter/workflows"
)

const (
	soon   = 2 * time.Minute // for what must happen on the server
	glance = 50 * time.Millisecond
)

// endless is a backfill on a real server whose runs end only when they are cancelled.
func endless(t *testing.T) (*temporalx.Backfills, client.Client) {
	s := temporaltest.Start(t, temporaltest.Options{})
	c := s.Client()
	s.Worker(c, contract.QueueWorkflows, func(r worker.Registry) {
		r.RegisterWorkflowWithOptions(workflows.Options{}.Backfill, workflow.RegisterOptions{Name: contract.WorkflowBackfill})
	})
	s.Worker(c, contract.QueueBackfill, func(r worker.Registry) {
		r.RegisterActivityWithOptions(func(contract.BackfillIn) (contract.BackfillScope, error) {
			return contract.BackfillScope{Title: "Messages", Total: 7}, nil
		}, activity.RegisterOptions{Name: contract.ActivityBackfillScope})
		r.RegisterActivityWithOptions(func(contract.BackfillRunIn) (contract.BackfillSwept, error) {
			return contract.BackfillSwept{}, nil
		}, activity.RegisterOptions{Name: contract.ActivityBackfillSweep})
		r.RegisterActivityWithOptions(untilCancelled, activity.RegisterOptions{Name: contract.ActivityBackfillRun})
	})
	return temporalx.NewBackfills(c), c
}

// untilCancelled heartbeats, because a cancellation comes with the answer.
func untilCancelled(ctx context.Context, _ contract.BackfillRunIn) (contract.BackfillRunOut, error) {
	for beat := time.NewTicker(glance); ; {
		select {
		case <-ctx.Done():
			return contract.BackfillRunOut{More: true}, nil
		case <-beat.C:
			activity.RecordHeartbeat(ctx)
		}
	}
}

func TestBackfillsOnServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	b, c := endless(t)
	state := func(task, id string) string {
		p, err := b.Progress(ctx, "acme", task, id)
		require.NoError(t, err)
		return p.State
	}
	becomes := func(id, want string) {
		t.Helper()
		require.Eventually(t, func() bool { return state("messages", id) == want }, soon, glance)
	}
	run := func(id string) string {
		d, err := c.DescribeWorkflow(ctx, contract.BackfillID("acme", "messages", id), "")
		require.NoError(t, err)
		return d.WorkflowExecution.RunID
	}
	in := contract.BackfillIn{Account: "acme", Task: "messages", ID: "entry-1", Mode: contract.BackfillMissing, Reason: "created"}
	require.NoError(t, b.Start(ctx, in))
	first := run("entry-1")
	require.NoError(t, b.Start(ctx, in), "a repeat is harmless")
	require.Equal(t, first, run("entry-1"))

	require.NoError(t, b.Pause(ctx, "acme", "messages", "entry-1"))
	require.NoError(t, b.Pause(ctx, "acme", "messages", "entry-1"), "a repeat is harmless")
	becomes("entry-1", "paused")
	require.NoError(t, b.Resume(ctx, "acme", "messages", "entry-1"))
	becomes("entry-1", "running")
	require.NoError(t, b.Pause(ctx, "acme", "messages", "entry-1"))
	becomes("entry-1", "paused")

	in.ID = "entry-2"
	require.NoError(t, b.Start(ctx, in))
	other := in
	other.Task = "surveys"
	require.NoError(t, b.Start(ctx, other))
	require.Eventually(t, func() bool {
		ids, err := b.List(ctx, "acme", "messages")
		require.NoError(t, err)
		return len(ids) == 2
	}, soon, glance, "visibility knows both")

	require.NoError(t, b.Stop(ctx, "acme", "messages"))
	becomes("entry-1", "cancelled")
	becomes("entry-2", "cancelled")
	require.Equal(t, "running", state("surveys", "entry-2"), "another task's backfill goes on")
	require.NoError(t, b.Stop(ctx, "acme", "messages"), "nothing is open any more")
	require.NoError(t, b.Start(ctx, in), "one that has ended is not begun again")
	require.Equal(t, "cancelled", state("messages", "entry-2"))
	err := b.Pause(ctx, "acme", "messages", "entry-2")
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
	require.ErrorContains(t, err, "the backfill is cancelled: there is nothing to pause")
	require.NoError(t, b.Cancel(ctx, "acme", "messages", "entry-2"), "as it is already")
	require.True(t, fault.Is(b.Resume(ctx, "acme", "messages", "nothing"), fault.NotFound))
}
