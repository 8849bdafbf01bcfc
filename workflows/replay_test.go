package workflows_test

import (
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/workflows"
)

const histories = "testdata/histories"

func replayer(t *testing.T) worker.WorkflowReplayer {
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DisableDeadlockDetection: true})
	require.NoError(t, err)
	for name, flow := range (workflows.Options{}).All() {
		r.RegisterWorkflowWithOptions(flow, workflow.RegisterOptions{Name: name})
	}
	return r
}

func quiet() sdklog.Logger {
	return sdklog.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))
}

// TestReplay holds the workflows to the histories that released code wrote: executions
// that are open during an upgrade go on. A change that fails here needs
// workflow.GetVersion; a new fixture is recorded from the code that is released (see
// record_test.go), never to make this pass.
func TestReplay(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(histories, "*.json"))
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, file := range files {
		kind, _, _ := strings.Cut(filepath.Base(file), "-")
		seen[kind] = true
		t.Run(filepath.Base(file), func(t *testing.T) {
			require.NoError(t, replayer(t).ReplayWorkflowHistoryFromJSONFile(quiet(), file))
		})
	}
	for kind := range (workflows.Options{}).All() {
		require.True(t, seen[strings.ToLower(kind)], "no history of %s in %s", kind, histories)
	}
}

// TestReplayFinds proves that TestReplay can fail: a history whose activity was called
// otherwise does not replay.
func TestReplayFinds(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(histories, "*.json"))
	require.NoError(t, err)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			h := load(t, file)
			if !renameActivities(h) {
				t.Skip("no activity in this history")
			}
			require.ErrorContains(t, replayer(t).ReplayWorkflowHistory(quiet(), h), "TMPRL1100")
		})
	}
}

func renameActivities(h *historypb.History) (found bool) {
	for _, event := range h.Events {
		if a := event.GetActivityTaskScheduledEventAttributes(); a != nil {
			a.ActivityType.Name += ".old"
			found = true
		}
	}
	return found
}

func load(t *testing.T, file string) *historypb.History {
	h, err := client.HistoryFromJSON(open(t, file), client.HistoryJSONOptions{})
	require.NoError(t, err)
	return h
}
