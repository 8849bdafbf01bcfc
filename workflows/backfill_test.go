package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/workflows"
)

// backfilling is a Backfill under test: what it asks for, and what it is answered.
type backfilling struct {
	*testsuite.TestWorkflowEnvironment
	asked []contract.BackfillRunIn
}

func newBackfilling(scope contract.BackfillScope, follow func(ctx context.Context, n int, in contract.BackfillRunIn) (contract.BackfillRunOut, error)) *backfilling {
	var suite testsuite.WorkflowTestSuite
	b := &backfilling{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment()}
	b.RegisterWorkflowWithOptions(workflows.Options{}.Backfill, workflow.RegisterOptions{Name: contract.WorkflowBackfill})
	named := func(name string, f any) { b.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name}) }
	named(contract.ActivityBackfillScope, func(context.Context, contract.BackfillIn) (contract.BackfillScope, error) { return scope, nil })
	named(contract.ActivityBackfillSweep, func(context.Context, contract.BackfillRunIn) (contract.BackfillSwept, error) {
		return contract.BackfillSwept{}, nil
	})
	named(contract.ActivityBackfillRun, func(ctx context.Context, in contract.BackfillRunIn) (contract.BackfillRunOut, error) {
		b.asked = append(b.asked, in)
		return follow(ctx, len(b.asked), in)
	})
	return b
}

func (b *backfilling) run(t *testing.T) (contract.BackfillProgress, error) {
	t.Helper()
	b.ExecuteWorkflow(contract.WorkflowBackfill, contract.BackfillIn{Account: "acme", Task: "t", ID: "b", Mode: contract.BackfillFailed, Reason: "why"})
	require.True(t, b.IsWorkflowCompleted())
	answer, err := b.QueryWorkflow(contract.QueryProgress)
	require.NoError(t, err)
	var p contract.BackfillProgress
	require.NoError(t, answer.Get(&p))
	return p, b.GetWorkflowError()
}

func TestBackfillGoesOnAfterEachChunk(t *testing.T) {
	b := newBackfilling(contract.BackfillScope{Title: "Messages", Total: 300},
		func(_ context.Context, n int, _ contract.BackfillRunIn) (contract.BackfillRunOut, error) {
			return contract.BackfillRunOut{Through: day.Add(time.Duration(n) * time.Hour), Delivered: 250, More: true}, nil
		})
	p, err := b.run(t)
	var again *workflow.ContinueAsNewError
	require.ErrorAs(t, err, &again, "500 windows are enough for one execution")
	var in contract.BackfillIn
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(again.Input, &in))
	require.Equal(t, day.Add(2*time.Hour), in.Carried.After.UTC())
	require.Equal(t, 500, in.Carried.Progress.Delivered)
	require.Equal(t, 500, p.Done)
	require.Zero(t, b.asked[0].After)
	require.Equal(t, day.Add(time.Hour), b.asked[1].After.UTC())
}

// The environment drops the answer of a step that is cancelled; windows that are done then
// are counted when they are looked at again.
func TestBackfillPausesAndResumes(t *testing.T) {
	var b *backfilling
	b = newBackfilling(contract.BackfillScope{Total: 10},
		func(_ context.Context, n int, _ contract.BackfillRunIn) (contract.BackfillRunOut, error) {
			if n == 1 { // paused in the midst of it
				b.SignalWorkflow(contract.SignalPause, nil)
				return contract.BackfillRunOut{Through: day, Delivered: 4, More: true}, nil
			}
			return contract.BackfillRunOut{Through: day.Add(time.Hour), Delivered: 9, Failed: 1}, nil
		})
	b.RegisterDelayedCallback(func() {
		require.Len(t, b.asked, 1, "nothing starts while it is paused")
		b.SignalWorkflow(contract.SignalResume, nil)
	}, time.Hour)
	p, err := b.run(t)
	require.NoError(t, err)
	require.Equal(t, "done", p.State)
	require.Equal(t, 10, p.Done)
	require.Equal(t, 9, p.Delivered)
	require.Equal(t, 1, p.Failed)
	require.InDelta(t, time.Hour, p.PausedFor, float64(time.Minute))
	require.Len(t, b.asked, 2)
}

func TestBackfillEndsEarly(t *testing.T) {
	t.Run("the task is disabled", func(t *testing.T) {
		b := newBackfilling(contract.BackfillScope{Total: 10}, func(context.Context, int, contract.BackfillRunIn) (contract.BackfillRunOut, error) {
			return contract.BackfillRunOut{Delivered: 3, Stop: "the task is disabled"}, nil
		})
		p, err := b.run(t)
		require.NoError(t, err)
		require.Equal(t, "stopped", p.State)
		require.Equal(t, "the task is disabled", p.Error)
		require.Equal(t, 3, p.Done)
	})
	t.Run("cancelled while it is paused", func(t *testing.T) {
		var b *backfilling
		b = newBackfilling(contract.BackfillScope{Total: 10}, func(context.Context, int, contract.BackfillRunIn) (contract.BackfillRunOut, error) {
			b.SignalWorkflow(contract.SignalPause, nil)
			return contract.BackfillRunOut{Delivered: 2, More: true}, nil
		})
		b.RegisterDelayedCallback(b.CancelWorkflow, time.Hour)
		p, err := b.run(t)
		require.True(t, temporal.IsCanceledError(err), "%v", err)
		require.Equal(t, "cancelled", p.State)
	})
	t.Run("it cannot go on", func(t *testing.T) {
		b := newBackfilling(contract.BackfillScope{Total: 10}, func(context.Context, int, contract.BackfillRunIn) (contract.BackfillRunOut, error) {
			return contract.BackfillRunOut{}, temporal.NewNonRetryableApplicationError("the ledger is damaged", string(fault.Corrupt), nil)
		})
		p, err := b.run(t)
		require.ErrorContains(t, err, "the ledger is damaged")
		require.Equal(t, "stopped", p.State)
		require.Equal(t, "the ledger is damaged", p.Error)
	})
}
