package workflows

import (
	"cmp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
)

func TestPolicies(t *testing.T) {
	for name, step := range steps {
		t.Run(name, func(t *testing.T) {
			o := step.options(7 * time.Second)
			require.NotEmpty(t, o.TaskQueue)
			require.Positive(t, o.StartToCloseTimeout)
			require.GreaterOrEqual(t, o.ScheduleToCloseTimeout, o.StartToCloseTimeout, "a budget holds one attempt")
			require.Empty(t, o.RetryPolicy.NonRetryableErrorTypes, "errors say themselves whether they are final")
			if o.StartToCloseTimeout > time.Minute {
				require.Equal(t, cmp.Or(step.beat, 7*time.Second), o.HeartbeatTimeout, "a dead worker must be noticed")
			} else {
				require.Equal(t, step.beat, o.HeartbeatTimeout, "a short one says itself that it beats")
			}
		})
	}
	require.Equal(t, time.Minute, Options{}.heartbeat())
	require.Zero(t, retries.MaximumAttempts, "a step with a limit of its own must not change the others")
}

func TestExecRefusesWhatNoStepIs(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	for name, call := range map[string]func(workflow.Context) error{
		"unknown name": func(ctx workflow.Context) error { _, err := exec[struct{}](ctx, "no", struct{}{}); return err },
		"wrong input": func(ctx workflow.Context) error {
			_, err := exec[contract.PlanOut](ctx, contract.ActivityPlan, 1)
			return err
		},
		"wrong output": func(ctx workflow.Context) error {
			_, err := exec[struct{}](ctx, contract.ActivityPlan, contract.PlanIn{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			env := suite.NewTestWorkflowEnvironment()
			env.ExecuteWorkflow(call)
			require.ErrorContains(t, env.GetWorkflowError(), "does not match its step")
		})
	}
}
