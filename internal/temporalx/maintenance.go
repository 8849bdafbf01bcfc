package temporalx

import (
	"context"
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/task"
)

// dailyAt is when the daily maintenance runs, UTC: between the nights of Europe and America.
const dailyAt = 3*time.Hour + 17*time.Minute

// ensureMaintenance makes the schedules of Reconcile, Maintain and Revise; those that are there stay
// as they are, also when somebody paused them. One that overlaps itself is skipped: the
// next finds what this one left.
func ensureMaintenance(ctx context.Context, c client.Client) error {
	for _, s := range []struct {
		id, workflow, summary string
		interval              client.ScheduleIntervalSpec
	}{
		{contract.ScheduleReconcile, contract.WorkflowReconcile, "find and repair what is missing", client.ScheduleIntervalSpec{Every: time.Hour}},
		{contract.ScheduleMaintain, contract.WorkflowMaintain, "retention and frozen boundaries", client.ScheduleIntervalSpec{Every: 24 * time.Hour, Offset: dailyAt}},
		{contract.ScheduleRevise, contract.WorkflowRevise, "look for late data", client.ScheduleIntervalSpec{Every: task.MinCheckAfter}},
	} {
		_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
			ID: s.id, Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, Note: "made by bootstrap",
			Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{s.interval}},
			Action: &client.ScheduleWorkflowAction{
				ID: s.id, Workflow: s.workflow, TaskQueue: contract.QueueWorkflows, StaticSummary: s.summary,
			},
		})
		if err != nil && !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
			return wrap("make schedule "+s.id, err)
		}
	}
	return nil
}

// Trigger starts a maintenance schedule now, unless its workflow is running.
func Trigger(ctx context.Context, c client.Client, id string) error {
	return wrap("trigger "+id, c.ScheduleClient().GetHandle(ctx, id).Trigger(ctx, client.ScheduleTriggerOptions{}))
}
