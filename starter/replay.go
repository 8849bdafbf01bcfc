package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	enums "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
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

The file is the JSON that the Temporal UI and "temporal workflow show -o json" write.
Temporal is found by the standard variables TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and
others; a file too needs the namespace, which is part of how its payloads are encrypted.`,
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

// replayFile replays the history of a file.
func replayFile(o temporalx.Options, path string) error {
	options, err := temporalx.ClientOptions(o)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	defer func() { _ = f.Close() }()
	history, err := client.HistoryFromJSON(f, client.HistoryJSONOptions{})
	if err != nil {
		return fmt.Errorf("read history: %s is not one: %w", path, err)
	}
	return replay(options, history)
}

// replayServer replays the history of an execution that the server has.
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
	history := &historypb.History{}
	events := c.GetWorkflowHistory(ctx, workflowID, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		var absent *serviceerror.NotFound
		if errors.As(err, &absent) {
			return fmt.Errorf("namespace %s has no workflow %q: see starter run show, or the Temporal UI, for its id", options.Namespace, workflowID)
		}
		if err != nil {
			return fmt.Errorf("read history: %w", err)
		}
		history.Events = append(history.Events, event)
	}
	return replay(options, history)
}

// replay holds a history against every workflow, under the names and converters that
// workers use.
func replay(o client.Options, history *historypb.History) error {
	if len(history.GetEvents()) == 0 {
		return errors.New("the history is empty")
	}
	started := history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes()
	for _, payload := range started.GetInput().GetPayloads() {
		var raw converter.RawValue // whatever it says, it must decrypt
		if err := o.DataConverter.FromPayload(payload, &raw); err != nil {
			return fmt.Errorf("read history: namespace %s and the keys of --keys do not open it: set TEMPORAL_NAMESPACE to the one it is of: %w", o.Namespace, err)
		}
	}
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		DataConverter: o.DataConverter, FailureConverter: o.FailureConverter,
	})
	if err != nil {
		return fmt.Errorf("make replayer: %w", err)
	}
	for name, flow := range (workflows.Options{}).All() {
		r.RegisterWorkflowWithOptions(flow, workflow.RegisterOptions{Name: name})
	}
	of := worker.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: started.GetWorkflowId(), RunID: started.GetOriginalExecutionRunId()},
	}
	if err := r.ReplayWorkflowHistoryWithOptions(o.Logger, history, of); err != nil {
		return fmt.Errorf("the history does not fit today's code: %w", err)
	}
	return nil
}
