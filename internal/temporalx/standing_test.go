package temporalx_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"transporter/internal/contract"
	"transporter/internal/task"
	"transporter/internal/temporalx"
)

// The schedule of a single window that has become due since it was written is to be written anew; nobody is
// told that it was edited, unless somebody did.
func TestASingleWindowThatIsOverWasNotEdited(t *testing.T) {
	s, ctx, now := newScheduling(t), t.Context(), time.Now().UTC()
	in := once("once", now.Add(-24*time.Hour), now.Add(2*time.Hour).Truncate(time.Second))
	require.NoError(t, s.Apply(ctx, in, now))
	describe := func(task.Spec) (string, time.Duration, error) { return "Messages", 0, nil }
	later := temporalx.NewScheduler(s.client.ScheduleClient(), temporalx.DataConverter(s.server.Keys, s.server.Namespace), describe,
		func() time.Time { return now.Add(48 * time.Hour) })
	standing, err := later.Standing(ctx, in, now)
	require.NoError(t, err)
	require.Equal(t, contract.ScheduleStanding{Stale: true}, standing)
	require.NoError(t, later.Apply(ctx, in, now))
	standing, err = later.Standing(ctx, in, now)
	require.NoError(t, err)
	require.Equal(t, contract.ScheduleStanding{Paused: true, Note: standing.Note, Changed: standing.Changed}, standing, "all is in order")

	require.NoError(t, s.Apply(ctx, in, now))
	handle := s.client.ScheduleClient().GetHandle(ctx, contract.ScheduleID("acme", "once"))
	require.NoError(t, handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		hours := in.Description.Schedule.Spec.Calendars[0].Hour
		hours[0] = client.ScheduleRange{Start: (hours[0].Start + 1) % 24}
		return &client.ScheduleUpdate{Schedule: &in.Description.Schedule}, nil
	}}))
	standing, err = later.Standing(ctx, in, now)
	require.NoError(t, err)
	require.True(t, standing.Edited)
}
