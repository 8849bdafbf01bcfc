package temporalx_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"transporter/internal/contract"
	"transporter/internal/task"
	"transporter/internal/task/tzdata"
	"transporter/internal/temporalx"
)

// After a change of the embedded tz database both schedules of a task are due for a rewrite,
// whatever the new rules make of their times; nobody is told that they were edited.
func TestAnotherDatabaseMakesSchedulesStale(t *testing.T) {
	s, ctx, now, in := newScheduling(t), t.Context(), time.Now().UTC(), daily()
	in.Task.Spec.Deadline = "07:00"
	in.Task.Spec.Description = strings.Repeat("日", task.MaxDescription) // no length of text hides the version
	in.Legs = []string{strings.Repeat("a long label ", 1000)}
	inOrder := func() {
		t.Helper()
		standing, err := s.Standing(ctx, in, now)
		require.NoError(t, err)
		require.Equal(t, contract.ScheduleStanding{Note: standing.Note, Changed: standing.Changed}, standing)
	}
	for _, id := range []string{contract.ScheduleID("acme", "daily"), contract.DeadlineID("acme", "daily")} {
		require.NoError(t, s.Apply(ctx, in, now))
		inOrder()
		s.age(id)
		require.NotEqual(t, madridData(t), s.zoneData(id))
		standing, err := s.Standing(ctx, in, now)
		require.NoError(t, err)
		require.Equal(t, contract.ScheduleStanding{Stale: true, Note: standing.Note, Changed: standing.Changed}, standing, id)

		require.NoError(t, s.Apply(ctx, in, now))
		inOrder()
		require.Equal(t, madridData(t), s.zoneData(id), "the server evaluates with our data again")
	}
}

func madridData(t *testing.T) []byte {
	t.Helper()
	data, ok := tzdata.Raw("Europe/Madrid")
	require.True(t, ok)
	return data
}

// zoneData is the tz data that the server holds for a schedule.
func (s *scheduling) zoneData(id string) []byte {
	d, err := s.client.WorkflowService().DescribeSchedule(s.t.Context(), &workflowservice.DescribeScheduleRequest{
		Namespace: s.server.Namespace, ScheduleId: id,
	})
	require.NoError(s.t, err)
	return d.GetSchedule().GetSpec().GetTimezoneData()
}

// age makes a schedule what a program with an older tz database wrote: without our data, at
// the hour that its rules said.
func (s *scheduling) age(id string) {
	s.t.Helper()
	plain, err := client.Dial(client.Options{
		HostPort: s.server.Address, Namespace: s.server.Namespace,
		DataConverter: temporalx.DataConverter(s.server.Keys, s.server.Namespace),
	})
	require.NoError(s.t, err)
	defer plain.Close()
	require.NoError(s.t, plain.ScheduleClient().GetHandle(s.t.Context(), id).Update(s.t.Context(), client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			action := in.Description.Schedule.Action.(*client.ScheduleWorkflowAction)
			require.Contains(s.t, action.StaticDetails, task.TZVersion())
			action.StaticDetails = strings.ReplaceAll(action.StaticDetails, task.TZVersion(), "2020a")
			in.Description.Schedule.Spec.Calendars[0].Hour[0] = client.ScheduleRange{Start: 5}
			return &client.ScheduleUpdate{Schedule: &in.Description.Schedule}, nil
		},
	}))
}
