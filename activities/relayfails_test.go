package activities_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdkactivity "go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
)

// A callback that fails with another text each time, as texts with ports in them do, is told of once in an hour,
// also where it takes an entry now and then; with one text it is told of once.
func TestFailuresOfARelayAreToldOnceInAnHour(t *testing.T) {
	const apart, tries = 10 * time.Minute, 14
	type told struct {
		after time.Duration
		contract.RelayFails
	}
	run := func(t *testing.T, why func(attempt int) string, flaps bool) (all []told) {
		k := newTalks(t)
		k.written(t, &conversation.State{}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestWorkflowEnvironment()
		env.SetTestTimeout(time.Minute)
		began, attempts, seen := env.Now(), 0, 0
		k.Now = env.Now
		k.callback.refuses = 1
		k.callback.why = func() string { attempts++; return why(attempts) }
		env.RegisterActivityWithOptions(func(ctx context.Context, in contract.RelayIn) (contract.RelayOut, error) {
			if flaps { // each attempt gets one further
				k.callback.refuses = int64(sdkactivity.GetInfo(ctx).Attempt)
			}
			out, err := k.Relay(ctx, in)
			for ; seen < len(k.told); seen++ {
				all = append(all, told{env.Now().Sub(began).Round(time.Minute), k.told[seen]})
			}
			return out, err
		}, sdkactivity.RegisterOptions{Name: contract.ActivityRelay})
		env.ExecuteWorkflow(func(ctx workflow.Context) error {
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				StartToCloseTimeout: time.Hour, HeartbeatTimeout: time.Hour,
				RetryPolicy: &temporal.RetryPolicy{InitialInterval: apart, BackoffCoefficient: 1, MaximumAttempts: tries},
			})
			return workflow.ExecuteActivity(ctx, contract.ActivityRelay, contract.RelayIn{ConversationRef: talkRef, To: 15}).Get(ctx, nil)
		})
		require.Error(t, env.GetWorkflowError())
		require.Equal(t, tries, attempts)
		for i := range all {
			require.WithinDuration(t, began, time.UnixMilli(all[i].Since), tries*apart)
			all[i].Since = 0
		}
		return all
	}
	port := func(n int) string { return fmt.Sprintf("read 127.0.0.1:%d: connection reset", 40000+n) }
	fails := func(next int64, text string) contract.RelayFails { return contract.RelayFails{Next: next, Error: text} }
	require.Equal(t, []told{
		{10 * time.Minute, fails(1, port(2))}, {70 * time.Minute, fails(1, port(8))}, {130 * time.Minute, fails(1, port(14))},
	}, run(t, port, false))
	require.Equal(t, []told{
		{10 * time.Minute, fails(2, port(2))}, {70 * time.Minute, fails(8, port(8))}, {130 * time.Minute, fails(14, port(14))},
	}, run(t, port, true))
	same := func(int) string { return "503" }
	require.Equal(t, []told{{10 * time.Minute, fails(1, "503")}}, run(t, same, false))
}
