package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/schedule"
	"transporter/internal/task"
	"transporter/internal/task/tzdata"
)

var jsonConverter = converter.GetDefaultDataConverter()

// What was written is read back as unchanged, for every frequency; then each kind of
// edit that a person can make in the Temporal UI is noticed, and Update takes it back.
func testReadsBack(t *testing.T, c client.Client) {
	now := time.Now().UTC().Truncate(time.Second)
	later := now.Add(48 * time.Hour)
	specs := append(schedules(), task.Spec{Frequency: task.Frequency{Kind: task.Once}, Start: &later})
	for i, spec := range specs {
		spec.Zone = hardZones[i%len(hardZones)]
		tk := testTask(t, spec, now)
		tk.Account, tk.Note = "reader", "created by a test"
		o := schedule.Options(tk, now)
		h, err := c.ScheduleClient().Create(t.Context(), o)
		require.NoError(t, err)
		requireDifferences(t, h, o)

		o.Note = "updated"
		require.NoError(t, h.Update(t.Context(), client.ScheduleUpdateOptions{DoUpdate: schedule.Update(o)}))
		requireDifferences(t, h, o)
	}
}

func requireDifferences(t *testing.T, h client.ScheduleHandle, o client.ScheduleOptions, want ...string) {
	t.Helper()
	// an update is applied by the schedule's own workflow, a moment later
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		d, err := h.Describe(t.Context())
		require.NoError(c, err)
		got, err := schedule.Differences(d, o, jsonConverter)
		require.NoError(c, err)
		require.ElementsMatch(c, want, got, "%s: have %+v\nwant %+v", o.ID, d.Schedule.Spec, o.Spec)
	}, 2*time.Minute, 20*time.Millisecond)
}

func testNoticesEdits(t *testing.T, c client.Client) {
	now := time.Now().UTC().Truncate(time.Second)
	tk := testTask(t, task.Spec{Zone: "America/Santiago", Frequency: task.Frequency{Kind: task.Daily, At: "00:00"}}, now)
	tk.Account = "editor"
	o := schedule.Options(tk, now)
	h, err := c.ScheduleClient().Create(t.Context(), o)
	require.NoError(t, err)
	for part, edit := range map[string]func(*client.Schedule){
		schedule.PartSpec: func(s *client.Schedule) {
			s.Spec.Calendars[0].Hour = []client.ScheduleRange{{Start: 5}}
		},
		schedule.PartExceptions: func(s *client.Schedule) { s.Spec.Calendars = s.Spec.Calendars[:1] },
		schedule.PartAction: func(s *client.Schedule) {
			s.Action.(*client.ScheduleWorkflowAction).Args = []any{contract.RunInput{Account: "somebody else"}}
		},
		schedule.PartText: func(s *client.Schedule) {
			s.Action.(*client.ScheduleWorkflowAction).StaticSummary = "mine"
		},
		schedule.PartPolicies: func(s *client.Schedule) { s.Policy.Overlap = enumspb.SCHEDULE_OVERLAP_POLICY_SKIP },
		schedule.PartState:    func(s *client.Schedule) { s.State.Paused = true },
	} {
		require.NoError(t, h.Update(t.Context(), client.ScheduleUpdateOptions{
			DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
				edit(&in.Description.Schedule)
				return &client.ScheduleUpdate{Schedule: &in.Description.Schedule}, nil
			},
		}))
		requireDifferences(t, h, o, part)
		require.NoError(t, h.Update(t.Context(), client.ScheduleUpdateOptions{DoUpdate: schedule.Update(o)}))
		requireDifferences(t, h, o)
	}
}

// The server holds our zone data, after Create and after Update.
func testSendsZoneData(t *testing.T, c client.Client) {
	now := time.Now().UTC().Truncate(time.Second)
	tk := testTask(t, task.Spec{Zone: "Europe/Madrid", Frequency: task.Frequency{Kind: task.Daily, At: "06:00"}}, now)
	tk.Account = "zones"
	o := schedule.Options(tk, now)
	h, err := c.ScheduleClient().Create(t.Context(), o)
	require.NoError(t, err)
	requireZoneData(t, c, o.ID, "Europe/Madrid")

	o.Spec.TimeZoneName = "Asia/Kathmandu"
	require.NoError(t, h.Update(t.Context(), client.ScheduleUpdateOptions{DoUpdate: schedule.Update(o)}))
	requireZoneData(t, c, o.ID, "Asia/Kathmandu")

	o.ID, o.Spec.TimeZoneName = "unknown", "Mars/Olympus"
	_, err = c.ScheduleClient().Create(t.Context(), o)
	require.ErrorContains(t, err, "Mars/Olympus")
}

func requireZoneData(t *testing.T, c client.Client, id, zone string) {
	t.Helper()
	want, ok := tzdata.Raw(zone)
	require.True(t, ok)
	require.EventuallyWithT(t, func(ct *assert.CollectT) {
		res, err := c.WorkflowService().DescribeSchedule(t.Context(),
			&workflowservice.DescribeScheduleRequest{Namespace: namespace, ScheduleId: id})
		require.NoError(ct, err)
		require.Equal(ct, zone, res.GetSchedule().GetSpec().GetTimezoneName())
		require.Equal(ct, want, res.GetSchedule().GetSpec().GetTimezoneData())
	}, 2*time.Minute, 20*time.Millisecond)
}

// The run that a schedule starts has the id, arguments and attributes that manual runs and
// backfills compute: the server's backfill of one fire shows it.
func testStartsTheRun(t *testing.T, c client.Client) {
	now := time.Now().UTC().Truncate(time.Second)
	start := now.AddDate(0, 0, -3)
	tk := testTask(t, task.Spec{
		Zone: "America/New_York", Frequency: task.Frequency{Kind: task.Daily, At: "06:00"}, Start: &start,
	}, now)
	tk.Account = "runner"
	o := schedule.Options(tk, now)
	h, err := c.ScheduleClient().Create(t.Context(), o)
	require.NoError(t, err)
	fire := tk.Calendar.Fire(tk.Calendar.First())
	require.NoError(t, h.Backfill(t.Context(), client.ScheduleBackfillOptions{
		Backfill: []client.ScheduleBackfill{{
			Start: fire.Add(-time.Second), End: fire.Add(schedule.MaxJitter), // it compares with the jitter added
			Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL,
		}},
	}))
	id := contract.RunID(tk.Account, tk.ID, tk.Generation, fire, 0, 1)
	require.EventuallyWithT(t, func(ct *assert.CollectT) {
		d, err := c.DescribeWorkflow(t.Context(), id, "")
		require.NoError(ct, err)
		require.Equal(ct, contract.WorkflowReportRun, d.WorkflowType.Name)
		require.Equal(ct, contract.QueueWorkflows, d.TaskQueueName)
		got, ok := d.TypedSearchAttributes.GetKeyword(temporal.NewSearchAttributeKeyKeyword(contract.AttrTask))
		require.True(ct, ok)
		require.Equal(ct, tk.ID, got)
		nominal, ok := d.TypedSearchAttributes.GetTime(temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime"))
		require.True(ct, ok)
		require.Equal(ct, fire, nominal.UTC())
		summary, err := d.GetStaticSummary()
		require.NoError(ct, err)
		require.Equal(ct, "Messages · daily 06:00 America/New_York · CSV → sftp: Archive", summary)
	}, 2*time.Minute, 50*time.Millisecond)
	require.NoError(t, c.TerminateWorkflow(t.Context(), id, "", "end of test"))
}
