package temporalx_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
)

// log is a buffer that several goroutines may write to.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const leaked = "pw-7461-leaked"

// leakyRun calls an activity that puts a secret into its error, or one that answers.
func leakyRun(ctx workflow.Context, in contract.RunInput) (contract.RunResult, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
	})
	workflow.GetLogger(ctx).Info("in the workflow")
	err := workflow.ExecuteActivity(ctx, "step", in).Get(ctx, nil)
	return contract.RunResult{Outcome: contract.OutcomeDelivered, Bytes: 42, Window: contract.Span{To: workflow.Now(ctx).Add(-time.Hour).UnixMilli()}}, err
}

func step(ctx context.Context, in contract.RunInput) error {
	activity.GetLogger(ctx).Info("in the activity")
	if in.Task == "leaky" {
		return temporal.NewNonRetryableApplicationError("PUT https://joe:"+leaked+"@host/", "AuthFailed", nil)
	}
	return nil
}

func TestInterceptors(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	s := temporaltest.Start(t, temporaltest.Options{})
	var out log
	metrics, err := temporalx.NewMetrics()
	require.NoError(t, err)
	o := s.ClientOptions()
	o.Logger, o.Metrics = slog.New(slog.NewJSONHandler(&out, nil)), metrics
	c, err := temporalx.Dial(ctx, o)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	stop := s.Worker(c, contract.QueueWorkflows, func(r worker.Registry) {
		r.RegisterWorkflowWithOptions(leakyRun, workflow.RegisterOptions{Name: contract.WorkflowReportRun})
		r.RegisterActivityWithOptions(step, activity.RegisterOptions{Name: "step"})
	})
	start := func(task string, in contract.RunInput) error {
		id := contract.RunID("acme", task, 1, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), 0, 1)
		run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: contract.QueueWorkflows}, contract.WorkflowReportRun, in)
		require.NoError(t, err)
		return run.Get(ctx, nil)
	}
	require.NoError(t, start("good", contract.RunInput{Task: "good"}))
	err = start("leaky", contract.RunInput{Task: "leaky"})
	require.ErrorContains(t, err, "https://***@host/")
	require.ErrorContains(t, err, "AuthFailed")
	require.NotContains(t, err.Error(), leaked)
	require.NoError(t, start("big", contract.RunInput{Task: randomText(40 << 10)}))
	stop()

	text := out.String()
	require.NotContains(t, text, leaked)
	for _, message := range []string{"in the workflow", "in the activity"} {
		line := lineWith(text, message, `"task":"good"`)
		require.Contains(t, line, `"account":"acme"`, message)
		require.Contains(t, line, `"run":"g1-2026-11-20T00:00:00Z"`, message)
	}
	require.NotEmpty(t, lineWith(text, "payload is larger", `"limit":16384`), "the 40 KiB input is warned of")

	page := httptest.NewRecorder()
	metrics.HTTP().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	shown, err := io.ReadAll(page.Result().Body)
	require.NoError(t, err)
	require.NotEmpty(t, lineWith(string(shown), "dt_runs_total{", `outcome="delivered"`, "} 2"))
	require.NotEmpty(t, lineWith(string(shown), "dt_runs_total{", `outcome="failed"`, "} 1"))
	require.NotEmpty(t, lineWith(string(shown), "dt_delivery_bytes_total{", "} 84"))
	require.NotEmpty(t, lineWith(string(shown), "dt_window_lag_seconds{", `task="good"`, "3600"))
	require.Contains(t, string(shown), "temporal_request_total{")
}

// lineWith returns the first line that contains all parts.
func lineWith(text string, parts ...string) string {
lines:
	for line := range strings.Lines(text) {
		for _, p := range parts {
			if !strings.Contains(line, p) {
				continue lines
			}
		}
		return line
	}
	return ""
}

// randomText is text that does not compress to nothing.
func randomText(n int) string {
	b := make([]byte, n)
	x := uint64(88172645463325252)
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = byte('!' + x%90)
	}
	return string(b)
}
