package temporalx_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
)

func TestScheduler(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server := temporaltest.Start(t, temporaltest.Options{})
	c := server.Client()
	now := time.Now().UTC()
	describe := func(task.Spec) (string, time.Duration, error) { return "Messages", 0, nil }
	s := temporalx.NewScheduler(c.ScheduleClient(), describe, time.Now)
	in := contract.TaskApplyIn{Account: "acme", Note: "created", Legs: []string{"store: lake"}, Task: account.Task{
		Meta: account.Meta{ID: "daily"}, State: account.TaskEnabled, Generation: 1, Spec: task.Spec{
			Report: "msg.messages", Frequency: task.Frequency{Kind: task.Daily, At: "06:00"}, Zone: "Europe/Madrid",
			Destinations: []task.Leg{{Destination: "lake"}},
		},
	}}
	describeOne := func(id string) *client.ScheduleDescription {
		d, err := c.ScheduleClient().GetHandle(ctx, contract.ScheduleID("acme", id)).Describe(ctx)
		require.NoError(t, err)
		return d
	}
	args := func(d *client.ScheduleDescription) (run contract.RunInput) {
		payload := d.Schedule.Action.(*client.ScheduleWorkflowAction).Args[0].(*commonpb.Payload)
		require.NoError(t, temporalx.DataConverter(server.Keys, server.Namespace).FromPayload(payload, &run))
		return run
	}

	require.NoError(t, s.Apply(ctx, in, now))
	require.NoError(t, s.Apply(ctx, in, now), "a repeat is harmless")
	d := describeOne("daily")
	require.Equal(t, contract.RunInput{Account: "acme", Task: "daily", Generation: 1}, args(d))
	require.Equal(t, "Messages, daily 06:00 Europe/Madrid: created", d.Schedule.State.Note)
	require.NotEmpty(t, d.Info.NextActionTimes)
	raw, err := c.WorkflowService().DescribeSchedule(ctx, &workflowservice.DescribeScheduleRequest{
		Namespace: server.Namespace, ScheduleId: contract.ScheduleID("acme", "daily"),
	})
	require.NoError(t, err)
	require.NotEmpty(t, raw.GetSchedule().GetSpec().GetTimezoneData(), "the server is given our tz database")

	edited := in
	edited.Task.Generation, edited.Task.Spec.Frequency.At, edited.Note = 2, "07:30", "edited"
	require.NoError(t, s.Apply(ctx, edited, now))
	d = describeOne("daily")
	require.Equal(t, 2, args(d).Generation)
	madrid, err := task.Zone("Europe/Madrid")
	require.NoError(t, err)
	require.Equal(t, "07:30", d.Info.NextActionTimes[0].In(madrid).Format("15:04"))

	edited.Task.State, edited.Note = account.TaskDisabled, "disabled: audit"
	require.NoError(t, s.Apply(ctx, edited, now))
	d = describeOne("daily")
	require.True(t, d.Schedule.State.Paused)
	require.Equal(t, "Messages, daily 07:30 Europe/Madrid: disabled: audit", d.Schedule.State.Note)

	t.Run("once in the past is kept, paused and not started", func(t *testing.T) {
		once := in
		from, to := now.Add(-48*time.Hour), now.Add(-24*time.Hour)
		once.Task.ID, once.Task.Spec.Frequency = "once", task.Frequency{Kind: task.Once}
		once.Task.Spec.Start, once.Task.Spec.End = &from, &to
		require.NoError(t, s.Apply(ctx, once, now))
		d := describeOne("once")
		require.True(t, d.Schedule.State.Paused)
		require.Zero(t, d.Info.NumActions)
		require.Empty(t, d.Info.NextActionTimes)
	})
	t.Run("once in the future is kept when it has run", func(t *testing.T) {
		once := in
		from, to := now.Add(-time.Hour), time.Now().Add(3*time.Second).UTC().Truncate(time.Second)
		once.Task.ID, once.Task.Spec.Frequency = "soon", task.Frequency{Kind: task.Once}
		once.Task.Spec.Start, once.Task.Spec.End = &from, &to
		require.NoError(t, s.Apply(ctx, once, now))
		require.NoError(t, s.Finish(ctx, "acme", "soon", "too early"))
		require.False(t, describeOne("soon").Schedule.State.Paused, "its run is still to come")
		require.Eventually(t, func() bool { return describeOne("soon").Info.NumActions == 1 }, 45*time.Second, 100*time.Millisecond)
		for range 2 {
			require.NoError(t, s.Finish(ctx, "acme", "soon", "finished"))
		}
		state := describeOne("soon").Schedule.State
		require.True(t, state.Paused)
		require.Equal(t, "Messages, once: created; finished", state.Note)
		require.NoError(t, s.Finish(ctx, "acme", "nobody", "finished"), "a deleted task has no schedule")
	})
	t.Run("a zone that nobody knows", func(t *testing.T) {
		odd := in
		odd.Task.ID, odd.Task.Spec.Zone = "odd", "Mars/Base"
		require.True(t, fault.Is(s.Apply(ctx, odd, now), fault.InvalidSpec))
	})

	require.NoError(t, s.Remove(ctx, "acme", "daily"))
	require.NoError(t, s.Remove(ctx, "acme", "daily"), "a missing one is no error")
	_, err = c.ScheduleClient().GetHandle(ctx, contract.ScheduleID("acme", "daily")).Describe(ctx)
	require.Error(t, err)
}
