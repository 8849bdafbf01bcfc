package temporaltest_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
)

// What the server has acknowledged survives a crash of it, so that tests may kill it.
func TestKillAndLaunchKeepTheFile(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	s := temporaltest.Start(t, temporaltest.Options{File: filepath.Join(t.TempDir(), "temporal.db")})
	run, err := s.Client().ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "kept", TaskQueue: "nobody"}, "Any")
	require.NoError(t, err)
	s.Kill()
	s.Launch()
	runs := temporalx.NewExecutions(s.Client(), temporalx.DataConverter(s.Keys, s.Namespace))
	closed, err := runs.Closed(ctx, "kept")
	require.NoError(t, err)
	require.False(t, closed)
	d, err := s.Client().DescribeWorkflowExecution(ctx, "kept", "")
	require.NoError(t, err)
	require.Equal(t, run.GetRunID(), d.WorkflowExecutionInfo.Execution.RunId)

	closed, err = runs.Closed(ctx, "never was")
	require.NoError(t, err)
	require.True(t, closed)
}
