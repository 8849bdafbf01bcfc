package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/httpapi"
	"transporter/internal/keys"
	"transporter/internal/task"
)

// What people do to a schedule in the Temporal UI is taken over or undone by the next
// reconciliation; nothing is delivered twice, and nothing is missing after it.
func TestEditsInTheTemporalUI(t *testing.T) {
	t.Parallel()
	s := start(t, options{now: thisHour()})
	b := s.brand(t)
	c := s.client(t)
	id := b.task(t, threeDays(b))
	b.backfill(t, id, "entry-1")
	require.True(t, b.covered(t, id).Complete)
	schedule := c.ScheduleClient().GetHandle(t.Context(), contract.ScheduleID(b.account, id))

	t.Run("in order", func(t *testing.T) {
		r := s.reconcile(t, c)
		require.Equal(t, contract.Reconciled{Accounts: 1, Tasks: 1}, r)
	})
	t.Run("certificate", func(t *testing.T) {
		signed, err := s.api.Certificate(t.Context(), b.account, id, time.Time{}, time.Time{})
		require.NoError(t, err)
		key, err := s.api.SigningKey(t.Context())
		require.NoError(t, err)
		public, err := keys.ParseSigningPub([]byte(key.PEM))
		require.NoError(t, err)
		text, err := json.MarshalIndent(signed, "", "  ")
		require.NoError(t, err)
		certificate, err := coverage.Verify(text, public)
		require.NoError(t, err)
		require.True(t, certificate.Complete, "%+v", certificate.Problems)
		require.Len(t, certificate.Windows, 3, "the day that goes on is not due")
	})
	t.Run("pause", func(t *testing.T) {
		require.NoError(t, schedule.Pause(t.Context(), client.SchedulePauseOptions{Note: "a bank holiday"}))
		require.Equal(t, 1, s.reconcile(t, c).Adopted)
		require.Equal(t, "disabled", b.state(t, id))
	})
	t.Run("unpause", func(t *testing.T) {
		require.NoError(t, schedule.Unpause(t.Context(), client.ScheduleUnpauseOptions{}))
		require.Equal(t, 1, s.reconcile(t, c).Adopted)
		require.Equal(t, "enabled", b.state(t, id))
	})
	t.Run("edit", func(t *testing.T) {
		require.NoError(t, schedule.Update(t.Context(), client.ScheduleUpdateOptions{
			DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
				in.Description.Schedule.Spec.Calendars[0].Hour = []client.ScheduleRange{{Start: 23}}
				return &client.ScheduleUpdate{Schedule: &in.Description.Schedule}, nil
			},
		}))
		require.Equal(t, 1, s.reconcile(t, c).Rewritten)
		require.Zero(t, s.reconcile(t, c).Rewritten)
	})
	t.Run("another tz database", func(t *testing.T) {
		require.NoError(t, schedule.Update(t.Context(), client.ScheduleUpdateOptions{
			DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
				in.Description.Schedule.Spec.Calendars[0].Hour = []client.ScheduleRange{{Start: 1}} // where that database had it
				action := in.Description.Schedule.Action.(*client.ScheduleWorkflowAction)
				action.StaticDetails = strings.ReplaceAll(action.StaticDetails, task.TZVersion(), "2020a")
				return &client.ScheduleUpdate{Schedule: &in.Description.Schedule}, nil
			},
		}))
		r := s.reconcile(t, c)
		require.Equal(t, contract.Reconciled{Accounts: 1, Tasks: 1, Refreshed: 1}, r, "written anew, and nobody's edit")
		d, err := schedule.Describe(t.Context())
		require.NoError(t, err)
		require.Equal(t, 0, d.Schedule.Spec.Calendars[0].Hour[0].Start)
		require.Equal(t, contract.Reconciled{Accounts: 1, Tasks: 1}, s.reconcile(t, c))
	})
	t.Run("delete", func(t *testing.T) {
		require.NoError(t, schedule.Delete(t.Context()))
		require.Equal(t, 1, s.reconcile(t, c).Recreated)
		_, err := schedule.Describe(t.Context())
		require.NoError(t, err)
		require.Zero(t, s.reconcile(t, c).Recreated)
	})
	t.Run("trigger", func(t *testing.T) {
		require.NoError(t, schedule.Trigger(t.Context(), client.ScheduleTriggerOptions{}))
		b.outcomes(t, id, "duplicate", 1)
	})
	t.Run("backfill", func(t *testing.T) {
		day := s.now.Truncate(24 * time.Hour)
		require.NoError(t, schedule.Backfill(t.Context(), client.ScheduleBackfillOptions{Backfill: []client.ScheduleBackfill{{
			Start: day.AddDate(0, 0, -1), End: day.Add(2 * time.Minute), Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL,
		}}}))
		b.outcomes(t, id, "duplicate", 3)
	})
	final := b.covered(t, id)
	require.True(t, final.Complete, "%+v", final.Summary)
	for _, w := range final.Windows {
		require.Zero(t, w.Revision)
	}
}

// Windows that nothing has worked on are found and delivered; a run that was terminated has
// its record, and is finished by a person.
func TestReconcileRepairs(t *testing.T) {
	t.Parallel()
	s := start(t, options{now: thisHour()})
	b := s.brand(t)
	c := s.client(t)
	t.Run("a backfill that was cancelled", func(t *testing.T) {
		x := threeDays(b)
		end := s.now.Add(-time.Hour) // the last window is due for so long that it counts as missing at any minute of this hour
		x.Frequency, x.End = task.Frequency{Kind: task.Interval, Every: task.Duration(time.Hour)}, &end
		id := b.task(t, x)
		require.NoError(t, c.TerminateWorkflow(t.Context(), contract.BackfillID(b.account, id, "entry-1"), "", "a test"))
		missing := 0
		eventually(t, "every window is delivered", func() bool { // visibility lags: a pass may still see the backfill
			missing += s.reconcile(t, c).Missing
			return b.covered(t, id).Complete
		})
		require.Positive(t, missing)
	})
}

// threeDays is a task of the last three whole days, to the cloud store.
func threeDays(b *brand) task.Spec {
	from := b.now.Truncate(24*time.Hour).AddDate(0, 0, -3)
	s := spec("msg.conversations", "csv")
	s.Zone, s.Frequency, s.Start, s.End, s.Delay = "UTC", task.Frequency{Kind: task.Daily, At: "00:00"}, &from, nil, new(task.Duration)
	s.Destinations = b.legs("days")[:1]
	return s
}

// reconcile runs Reconcile and returns what it found.
func (s *stack) reconcile(t *testing.T, c client.Client) (out contract.Reconciled) {
	t.Helper()
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: contract.ScheduleReconcile + "-test", TaskQueue: contract.QueueWorkflows,
	}, contract.WorkflowReconcile)
	require.NoError(t, err)
	require.NoError(t, run.Get(t.Context(), &out))
	return out
}

func (b *brand) state(t *testing.T, id string) string {
	t.Helper()
	v, _, err := b.api.Tasks(b.account).Get(t.Context(), id)
	require.NoError(t, err)
	return v.State
}

// covered is the coverage of a task until now.
func (b *brand) covered(t *testing.T, id string) httpapi.Coverage {
	t.Helper()
	c, err := b.api.Coverage(t.Context(), b.account, id, time.Time{}, time.Time{})
	require.NoError(t, err)
	return c
}

// outcomes waits until so many runs of the task have ended so.
func (b *brand) outcomes(t *testing.T, id, outcome string, n int) {
	t.Helper()
	eventually(t, outcome+" runs", func() bool {
		runs, err := b.api.Runs(t.Context(), b.account, apiRuns(id, outcome))
		require.NoError(t, err)
		return len(runs) == n
	})
}

func apiRuns(id, outcome string) apiclient.RunFilter {
	return apiclient.RunFilter{Task: id, Outcome: outcome, Limit: 50}
}
