package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"transporter/internal/contract"
	"transporter/internal/schedule"
	"transporter/internal/task"
)

func TestDeadlineOptions(t *testing.T) {
	spec := task.Spec{Zone: "Europe/Madrid", Frequency: task.Frequency{Kind: task.Daily, At: "06:00"}, Deadline: "07:00"}
	tk := testTask(t, spec, created)
	tk.Spec.Deadline = spec.Deadline
	o, ok, err := schedule.DeadlineOptions(tk, created, created)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, contract.DeadlineID(tk.Account, tk.ID), o.ID)
	require.Equal(t, 7, o.Spec.Calendars[0].Hour[0].Start)
	require.Equal(t, "Europe/Madrid", o.Spec.TimeZoneName)
	a := o.Action.(*client.ScheduleWorkflowAction)
	require.Equal(t, contract.WorkflowDeadline, a.Workflow)
	require.Equal(t, []any{contract.DeadlineIn{Account: tk.Account, Task: tk.ID}}, a.Args)
	run := schedule.Options(tk, created)
	require.Equal(t, 6, run.Spec.Calendars[0].Hour[0].Start, "the runs are left alone")

	tk.Spec.Deadline = ""
	_, ok, err = schedule.DeadlineOptions(tk, created, created)
	require.NoError(t, err)
	require.False(t, ok)
}

// deadlines meet gaps and doubled hours, midnight, and the day after.
var deadlines = []struct {
	frequency task.Frequency
	delay     time.Duration
	deadline  string
}{
	{task.Frequency{Kind: task.Daily, At: "00:00"}, time.Hour, "02:30"},
	{task.Frequency{Kind: task.Daily, At: "22:00"}, 3 * time.Hour, "00:00"},
	{task.Frequency{Kind: task.Weekly, At: "23:00", Weekday: "saturday"}, 0, "01:30"},
	{task.Frequency{Kind: task.Daily, At: "01:00"}, 0, "45m"},
	{task.Frequency{Kind: task.Interval, Every: task.Duration(12 * time.Hour)}, 0, "20m"},
}

// The real server fires at every deadline of two years, which is what the task's clock shows:
// the first time at or after the run, on the day of a clock change too.
func testFiresAtDeadlines(t *testing.T, c client.Client) {
	made := time.Now().UTC().Truncate(time.Second)
	until := made.AddDate(2, 0, 0)
	for _, zone := range zonesToAsk() {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			for _, d := range deadlines {
				spec := task.Spec{Zone: zone, Frequency: d.frequency, Delay: (*task.Duration)(&d.delay)}
				tk := testTask(t, spec, made)
				tk.ID, tk.Spec.Deadline = "deadline-"+tk.ID, d.deadline
				o, ok, err := schedule.DeadlineOptions(tk, made, made)
				require.NoError(t, err)
				require.True(t, ok)
				o.Spec.Jitter = 0
				_, err = c.ScheduleClient().Create(t.Context(), o)
				require.NoError(t, err, o.ID)
				late := tk
				late.Calendar, _, err = schedule.DeadlineCalendar(tk.Spec, tk.Calendar.Delay(), made)
				require.NoError(t, err)
				compare(t, late, matchingTimes(t, c, o.ID, made, until), made, until)
				for b := range tk.Calendar.Boundaries(made, until) {
					due := schedule.DeadlineOf(tk.Spec, tk.Calendar, late.Calendar, b)
					require.True(t, due.After(tk.Calendar.Fire(b)), "%s: time for its run", b)
					require.False(t, due.Before(late.Calendar.Fire(b)), "%s: the schedule fires by then", b)
				}
			}
		})
	}
}
