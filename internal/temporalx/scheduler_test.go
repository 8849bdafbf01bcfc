package temporalx_test

import (
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

// scheduling is a scheduler over a server of its own.
type scheduling struct {
	*temporalx.Scheduler
	t      *testing.T
	server *temporaltest.Server
	client client.Client
}

func newScheduling(t *testing.T) *scheduling {
	server := temporaltest.Start(t, temporaltest.Options{})
	c := server.Client()
	describe := func(task.Spec) (string, time.Duration, error) { return "Messages", 0, nil }
	return &scheduling{temporalx.NewScheduler(c.ScheduleClient(), temporalx.DataConverter(server.Keys, server.Namespace), describe, time.Now), t, server, c}
}

// daily asks for the schedule of a task that runs every morning.
func daily() contract.TaskApplyIn {
	return contract.TaskApplyIn{Account: "acme", Note: "created", Legs: []string{"store: lake"}, Task: account.Task{
		Meta: account.Meta{ID: "daily"}, State: account.TaskEnabled, Generation: 1, Spec: task.Spec{
			Report: "msg.messages", Frequency: task.Frequency{Kind: task.Daily, At: "06:00"}, Zone: "Europe/Madrid",
			Destinations: []task.Leg{{Destination: "lake"}},
		},
	}}
}

// once asks for the schedule of a task over one window.
func once(id string, from, to time.Time) contract.TaskApplyIn {
	in := daily()
	in.Task.ID, in.Task.Spec.Frequency, in.Task.Spec.Start, in.Task.Spec.End = id, task.Frequency{Kind: task.Once}, &from, &to
	return in
}

func (s *scheduling) look(id string) *client.ScheduleDescription {
	d, err := s.client.ScheduleClient().GetHandle(s.t.Context(), contract.ScheduleID("acme", id)).Describe(s.t.Context())
	require.NoError(s.t, err)
	return d
}

func (s *scheduling) args(d *client.ScheduleDescription) (run contract.RunInput) {
	payload := d.Schedule.Action.(*client.ScheduleWorkflowAction).Args[0].(*commonpb.Payload)
	require.NoError(s.t, temporalx.DataConverter(s.server.Keys, s.server.Namespace).FromPayload(payload, &run))
	return run
}

func TestScheduler(t *testing.T) {
	s, ctx, now, in := newScheduling(t), t.Context(), time.Now().UTC(), daily()
	require.NoError(t, s.Apply(ctx, in, now))
	require.NoError(t, s.Apply(ctx, in, now), "a repeat is harmless")
	d := s.look("daily")
	require.Equal(t, contract.RunInput{Account: "acme", Task: "daily", Generation: 1}, s.args(d))
	require.Equal(t, "Messages, daily 06:00 Europe/Madrid: created", d.Schedule.State.Note)
	require.NotEmpty(t, d.Info.NextActionTimes)
	raw, err := s.client.WorkflowService().DescribeSchedule(ctx, &workflowservice.DescribeScheduleRequest{
		Namespace: s.server.Namespace, ScheduleId: contract.ScheduleID("acme", "daily"),
	})
	require.NoError(t, err)
	require.NotEmpty(t, raw.GetSchedule().GetSpec().GetTimezoneData(), "the server is given our tz database")

	edited := in
	edited.Task.Generation, edited.Task.Spec.Frequency.At, edited.Note = 2, "07:30", "edited"
	require.NoError(t, s.Apply(ctx, edited, now))
	d = s.look("daily")
	require.Equal(t, 2, s.args(d).Generation)
	madrid, err := task.Zone("Europe/Madrid")
	require.NoError(t, err)
	require.Equal(t, "07:30", d.Info.NextActionTimes[0].In(madrid).Format("15:04"))

	edited.Task.State, edited.Note = account.TaskDisabled, "disabled: audit"
	require.NoError(t, s.Apply(ctx, edited, now))
	d = s.look("daily")
	require.True(t, d.Schedule.State.Paused)
	require.Equal(t, "Messages, daily 07:30 Europe/Madrid: disabled: audit", d.Schedule.State.Note)

	t.Run("a zone that nobody knows", func(t *testing.T) {
		odd := in
		odd.Task.ID, odd.Task.Spec.Zone = "odd", "Mars/Base"
		require.True(t, fault.Is(s.Apply(ctx, odd, now), fault.InvalidSpec))
	})

	require.NoError(t, s.Remove(ctx, "acme", "daily"))
	require.NoError(t, s.Remove(ctx, "acme", "daily"), "a missing one is no error")
	_, err = s.client.ScheduleClient().GetHandle(ctx, contract.ScheduleID("acme", "daily")).Describe(ctx)
	require.Error(t, err)
}

func TestOnceIsKept(t *testing.T) {
	s, ctx, now := newScheduling(t), t.Context(), time.Now().UTC()

	// In the past: paused, and not started by the schedule.
	require.NoError(t, s.Apply(ctx, once("past", now.Add(-48*time.Hour), now.Add(-24*time.Hour)), now))
	d := s.look("past")
	require.True(t, d.Schedule.State.Paused)
	require.Zero(t, d.Info.NumActions)
	require.Empty(t, d.Info.NextActionTimes)

	// In the future: paused when it has run.
	require.NoError(t, s.Apply(ctx, once("soon", now.Add(-time.Hour), now.Add(5*time.Second).Truncate(time.Second)), now))
	require.NoError(t, s.Finish(ctx, "acme", "soon", "too early"))
	require.False(t, s.look("soon").Schedule.State.Paused, "its run is still to come")
	require.Eventually(t, func() bool { return s.look("soon").Info.NumActions == 1 }, 2*time.Minute, 100*time.Millisecond)
	for range 2 {
		require.NoError(t, s.Finish(ctx, "acme", "soon", "finished"))
	}
	state := s.look("soon").Schedule.State
	require.True(t, state.Paused)
	require.Equal(t, "Messages, once: created; finished", state.Note)
	require.NoError(t, s.Finish(ctx, "acme", "nobody", "finished"), "a deleted task has no schedule")
}
