package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/keys"
	"transporter/internal/temporalx"
	"transporter/workflows"
)

func (a *app) replayCommand() *cobra.Command {
	var dir, file, runID string
	c := &cobra.Command{
		Use: "replay [WORKFLOW-ID]", Short: "Replay a stored history against today's code", Args: cobra.MaximumNArgs(1),
		Long: `Replay the history of a run, a backfill or an account against the workflow code of this
program, from the Temporal server or from a file, and say where it diverges. Nothing is
started and nothing is changed. A history that replays can be carried on by today's
workers; one that does not would block them.

The file is the JSON that the Temporal UI and "temporal workflow show -o json" write.`,
		Example: `  starter replay report/01JD3Z9QK8V6C3N5T7W9Y1B3D5/01JD40K7M5Q3ZB1A9C8E7G6J4K/g1-2026-11-20T06:00:00Z
  starter replay --file history.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 1) == (file != "") {
				return usagef("name either a workflow or a file")
			}
			ring, err := keys.Codec(dir)
			if err != nil {
				return err
			}
			o := temporalx.Options{Keys: ring, Logger: slog.New(slog.DiscardHandler)}
			if file != "" {
				err = replayFile(o, file)
			} else {
				err = replayServer(cmd.Context(), o, args[0], runID)
			}
			if err == nil {
				a.say("the history fits today's code")
			}
			return err
		},
	}
	c.Flags().StringVar(&dir, "keys", ".transporter/keys", "folder of key files")
	c.Flags().StringVarP(&file, "file", "f", "", "history as JSON")
	c.Flags().StringVar(&runID, "run-id", "", "execution of the workflow (default: the last)")
	return c
}

// replayer knows every workflow, under the names and converters that workers use.
func replayer(o client.Options) (worker.WorkflowReplayer, error) {
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		DataConverter: o.DataConverter, FailureConverter: o.FailureConverter,
	})
	if err != nil {
		return nil, fmt.Errorf("make replayer: %w", err)
	}
	for name, flow := range (workflows.Options{}).All() {
		r.RegisterWorkflowWithOptions(flow, workflow.RegisterOptions{Name: name})
	}
	return r, nil
}

func replayFile(o temporalx.Options, path string) error {
	options, err := temporalx.ClientOptions(o)
	if err != nil {
		return err
	}
	r, err := replayer(options)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	return diverges(r.ReplayWorkflowHistoryFromJSONFile(sdklog.NewStructuredLogger(o.Logger), path))
}

// diverges says what a failed replay means.
func diverges(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the history does not fit today's code: %w", err)
}

func replayServer(ctx context.Context, o temporalx.Options, workflowID, runID string) error {
	options, err := temporalx.ClientOptions(o)
	if err != nil {
		return err
	}
	c, err := temporalx.Dial(ctx, o)
	if err != nil {
		return err
	}
	defer c.Close()
	r, err := replayer(options)
	if err != nil {
		return err
	}
	err = r.ReplayWorkflowExecution(ctx, c.WorkflowService(), sdklog.NewStructuredLogger(o.Logger), options.Namespace,
		workflow.Execution{ID: workflowID, RunID: runID})
	var absent *serviceerror.NotFound
	if errors.As(err, &absent) {
		return fmt.Errorf("namespace %s has no workflow %q: see starter run show, or the Temporal UI, for its id", options.Namespace, workflowID)
	}
	return diverges(err)
}
