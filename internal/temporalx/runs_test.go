package temporalx_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
)

// Who follows a run is let go while it waits for an export, which may take days; other runs are followed to
// their end, whatever they try again.
func TestARunThatWaitsIsNotFollowed(t *testing.T) {
	t.Parallel()
	c := temporaltest.Start(t, temporaltest.Options{}).Client()
	w := worker.New(c, contract.QueueWorkflows, worker.Options{DisableRegistrationAliasing: true})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, in contract.RunInput) (out contract.RunResult, err error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 1, MaximumAttempts: int32(in.Attempt)},
		})
		return out, workflow.ExecuteActivity(ctx, in.Task).Get(ctx, &out)
	}, workflow.RegisterOptions{Name: contract.WorkflowReportRun})
	for _, step := range []string{contract.ActivityAwait, contract.ActivityFetch} {
		w.RegisterActivityWithOptions(func(ctx context.Context) (contract.RunResult, error) {
			if activity.GetInfo(ctx).Attempt < 5 {
				return contract.RunResult{}, errors.New("not yet")
			}
			return contract.RunResult{Outcome: contract.OutcomeDelivered}, nil
		}, activity.RegisterOptions{Name: step})
	}
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	runs := temporalx.NewRuns(c).Glancing(200 * time.Millisecond)
	for name, x := range map[string]struct {
		step     string
		attempts int // 0: until it is done
		outcome  string
	}{
		"waits for an export":    {contract.ActivityAwait, 0, contract.OutcomeSkipped},
		"reads, again and again": {contract.ActivityFetch, 0, contract.OutcomeDelivered},
		"is red":                 {contract.ActivityFetch, 2, contract.OutcomeFailed},
	} {
		t.Run(name, func(t *testing.T) {
			id := "report/acme/" + name
			require.NoError(t, runs.Start(t.Context(), contract.StartRun{WorkflowID: id, WindowEnd: time.Now(), Input: contract.RunInput{Account: "acme", Task: x.step, Attempt: x.attempts}}))
			out, err := runs.Await(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, x.outcome, out.Outcome)
		})
	}
}
