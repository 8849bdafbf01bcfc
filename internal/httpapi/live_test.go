package httpapi_test

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
	"transporter/internal/httpapi"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
	"transporter/workflows"
)

// TestLiveSteps follows a run whose upload to one of two legs is under way: what is done
// has its details, what is running its heartbeat, also when no worker answers.
func TestLiveSteps(t *testing.T) {
	server := temporaltest.Start(t, temporaltest.Options{})
	tc := server.Client()
	release := make(chan struct{})
	stop := workLive(server, tc, release)
	data := temporalx.DataConverter(server.Keys, server.Namespace)
	ports := httpapi.NewTemporal(httpapi.TemporalConfig{
		Client: tc, Namespace: server.Namespace, Data: data, Failure: temporalx.FailureConverter(data),
	})
	run, err := tc.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "report/a/t/live", TaskQueue: contract.QueueWorkflows},
		contract.WorkflowReportRun, contract.RunInput{Account: "a", Task: "t", Generation: 1})
	require.NoError(t, err)

	seen := func() map[string]contract.StepRecord {
		trace, err := ports.Trace(t.Context(), run.GetID(), run.GetRunID())
		require.NoError(t, err)
		steps := map[string]contract.StepRecord{}
		for _, s := range trace.Steps {
			steps[s.Name+" "+s.Where] = s
		}
		return steps
	}
	var steps map[string]contract.StepRecord
	require.Eventually(t, func() bool {
		steps = seen()
		return steps["upload Partner"].Detail == "0 of 2 files, 64 MB" && steps["receipt Ours"].State == contract.StepDone
	}, 2*time.Minute, 50*time.Millisecond, "%+v", &steps)
	require.Equal(t, "1,527 of 1,527 records received, 1,236 in the window, 1.6 MB in 20 calls", steps["fetch "].Detail)
	require.Equal(t, contract.StepRunning, steps["upload Partner"].State)
	require.Equal(t, "2 files, 353 kB", steps["upload Ours"].Detail)
	require.Equal(t, 1, steps["upload Partner"].Attempt)

	stop() // the activities are another worker's and go on
	steps = seen()
	require.Equal(t, contract.StepDone, steps["fetch "].State)
	require.Empty(t, steps["fetch "].Detail, "the history does not say")
	require.Equal(t, "0 of 2 files, 64 MB", steps["upload Partner"].Detail)
	close(release)
}

// workLive starts a worker of the workflows, whose stop is returned, and one of the steps.
func workLive(server *temporaltest.Server, tc client.Client, release <-chan struct{}) (stop func()) {
	window := contract.Span{From: 1_700_000_000_000, To: 1_700_003_600_000}
	steps := map[string]any{
		contract.ActivityPlan: func(context.Context, contract.PlanIn) (contract.PlanOut, error) {
			return contract.PlanOut{Plan: contract.Ref{Key: "plan"}, Window: window, Report: "msg.messages@1.0", Format: "csv", Legs: []contract.LegOut{
				{ID: "1", Title: "Ours"}, {ID: "2", Title: "Partner"},
			}}, nil
		},
		contract.ActivityFetch: func(context.Context, contract.StepIn) (contract.FetchOut, error) {
			return contract.FetchOut{SourceTotal: 1527, Fetched: 1527, Kept: 1236, Calls: 20, Bytes: 1_613_843}, nil
		},
		contract.ActivityTransform: func(context.Context, contract.StepIn) (contract.TransformOut, error) {
			return contract.TransformOut{Parts: 2, Rows: 1236}, nil
		},
		contract.ActivityEncrypt: func(context.Context, contract.StepIn) (contract.EncryptOut, error) {
			return contract.EncryptOut{Files: 2, Bytes: 353_000}, nil
		},
		contract.ActivityUpload: func(ctx context.Context, in contract.LegIn) (contract.UploadOut, error) {
			if in.Leg == "2" {
				activity.RecordHeartbeat(ctx, contract.Cursor{OfFiles: 2, Bytes: 64_000_000})
				<-release
			}
			return contract.UploadOut{Files: 2, Bytes: 353_000}, nil
		},
		contract.ActivityVerify: func(context.Context, contract.LegIn) (contract.VerifyOut, error) { return contract.VerifyOut{}, nil },
		contract.ActivityPublish: func(context.Context, contract.LegIn) (contract.PublishOut, error) {
			return contract.PublishOut{Files: 2}, nil
		},
		contract.ActivityReceipt: func(context.Context, contract.ReceiptIn) error { return nil },
	}
	known := workflows.Steps()
	for _, queue := range []string{contract.QueueFetch, contract.QueueTransform, contract.QueueDeliver} {
		server.Worker(tc, queue, func(r worker.Registry) {
			for name, step := range steps {
				if known[name].Queue == queue {
					r.RegisterActivityWithOptions(step, activity.RegisterOptions{Name: name})
				}
			}
		})
	}
	return server.Worker(tc, contract.QueueWorkflows, func(r worker.Registry) {
		r.RegisterWorkflowWithOptions(workflows.Options{}.ReportRun, workflow.RegisterOptions{Name: contract.WorkflowReportRun})
		r.RegisterActivityWithOptions(steps[contract.ActivityPlan], activity.RegisterOptions{Name: contract.ActivityPlan})
	})
}
