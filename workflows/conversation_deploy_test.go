package workflows_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/workflows"
)

// A release that changes what a conversation does is caught by the replay gate before it is
// deployed over the ones that are open, unless it says which of them it is for.
func TestDeployOfChangedConversation(t *testing.T) {
	released := workflows.Options{}.Conversation
	for name, c := range map[string]struct {
		changed func(workflow.Context, contract.ConversationIn) error
		caught  bool
	}{
		"nothing": {released, false},
		"one more step": {func(ctx workflow.Context, in contract.ConversationIn) error {
			if err := workflow.Sleep(ctx, time.Second); err != nil {
				return err
			}
			return released(ctx, in)
		}, true},
		"another order of steps": {func(ctx workflow.Context, in contract.ConversationIn) error {
			in.State, in.Settings = nil, nil // what was carried is loaded first
			workflow.Go(ctx, func(ctx workflow.Context) { _ = workflow.Sleep(ctx, time.Second) })
			return released(ctx, in)
		}, true},
		"one more step, for new ones": {func(ctx workflow.Context, in contract.ConversationIn) error {
			if workflow.GetVersion(ctx, "one-more-step", workflow.DefaultVersion, 1) > workflow.DefaultVersion {
				if err := workflow.Sleep(ctx, time.Second); err != nil {
					return err
				}
			}
			return released(ctx, in)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := filepath.Glob(filepath.Join(histories, "conversation-*.json"))
			require.NoError(t, err)
			require.NotEmpty(t, files)
			for _, file := range files {
				r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DisableDeadlockDetection: true})
				require.NoError(t, err)
				r.RegisterWorkflowWithOptions(c.changed, workflow.RegisterOptions{Name: contract.WorkflowConversation})
				err = r.ReplayWorkflowHistoryFromJSONFile(quiet(), file)
				if !c.caught {
					require.NoError(t, err, file)
					continue
				}
				require.ErrorContains(t, err, "TMPRL1100", file)
			}
		})
	}
}
