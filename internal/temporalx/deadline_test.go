package temporalx_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/task"
)

// The schedule of a deadline goes with its task's: it is made, moved, paused and removed with
// it, and one that somebody deleted in Temporal is missed.
func TestDeadlineSchedule(t *testing.T) {
	s, ctx, now, in := newScheduling(t), t.Context(), time.Now().UTC(), daily()
	handle := s.client.ScheduleClient().GetHandle(ctx, contract.DeadlineID("acme", "daily"))
	at := func() string {
		d, err := handle.Describe(ctx)
		require.NoError(t, err)
		madrid, err := task.Zone("Europe/Madrid")
		require.NoError(t, err)
		require.Equal(t, contract.WorkflowDeadline, d.Schedule.Action.(*client.ScheduleWorkflowAction).Workflow)
		if d.Schedule.State.Paused {
			return "paused"
		}
		return d.Info.NextActionTimes[0].In(madrid).Format("15:04")
	}
	in.Task.Spec.Deadline = "07:00"
	require.NoError(t, s.Apply(ctx, in, now))
	require.NoError(t, s.Apply(ctx, in, now), "a repeat is harmless")
	require.Equal(t, "07:00", at())
	standing, err := s.Standing(ctx, in, now)
	require.NoError(t, err)
	require.Equal(t, contract.ScheduleStanding{Note: standing.Note, Changed: standing.Changed}, standing, "all is in order")

	in.Task.Spec.Deadline = "90m"
	require.NoError(t, s.Apply(ctx, in, now))
	require.Equal(t, "07:30", at())

	require.NoError(t, handle.Delete(ctx))
	standing, err = s.Standing(ctx, in, now)
	require.NoError(t, err)
	require.True(t, standing.Stale, "it is to be written anew")
	require.NoError(t, s.Apply(ctx, in, now))
	require.Equal(t, "07:30", at())

	in.Task.State = account.TaskDisabled
	require.NoError(t, s.Apply(ctx, in, now))
	require.Equal(t, "paused", at())

	in.Task.Spec.Deadline = ""
	require.NoError(t, s.Apply(ctx, in, now))
	_, err = handle.Describe(ctx)
	require.Error(t, err, "a task without a deadline is not watched")

	in.Task.Spec.Deadline = "07:00"
	require.NoError(t, s.Apply(ctx, in, now))
	require.NoError(t, s.Remove(ctx, "acme", "daily"))
	_, err = handle.Describe(ctx)
	require.Error(t, err, "it goes with its task")
	require.Eventually(t, func() bool { return len(s.taskIDs(t)) == 0 }, 2*time.Minute, 50*time.Millisecond, "the list lags")
}

func (s *scheduling) taskIDs(t *testing.T) []string {
	ids, err := s.Tasks(t.Context(), "acme")
	require.NoError(t, err)
	return ids
}
