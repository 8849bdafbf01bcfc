package schedule_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"transporter/internal/contract"
	"transporter/internal/schedule"
	"transporter/internal/task"
)

var created = time.Date(2026, time.November, 20, 10, 7, 0, 0, time.UTC)

func TestOptions(t *testing.T) {
	tk := testTask(t, task.Spec{Zone: "Europe/Madrid", Frequency: task.Frequency{Kind: task.Daily, At: "06:00"}}, created)
	tk.Note = "created"
	o := schedule.Options(tk, created)
	require.Equal(t, contract.ScheduleID(tk.Account, tk.ID), o.ID)
	require.Equal(t, enumspb.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL, o.Overlap)
	require.Zero(t, o.CatchupWindow)
	require.False(t, o.PauseOnFailure)
	require.False(t, o.TriggerImmediately)
	require.Empty(t, o.ScheduleBackfill)
	require.False(t, o.Paused)
	require.Equal(t, tk.Title+", daily 06:00 Europe/Madrid: created", o.Note)
	require.Equal(t, "Europe/Madrid", o.Spec.TimeZoneName)
	require.Len(t, o.Spec.Calendars, 1, "06:00 exists every day: nothing to add")
	require.Empty(t, o.Spec.Intervals)
	require.Empty(t, o.Spec.Skip)
	a := o.Action.(*client.ScheduleWorkflowAction)
	require.Equal(t, []any{contract.RunInput{Account: "acme", Task: tk.ID, Generation: 1}}, a.Args)
	require.Zero(t, a.WorkflowRunTimeout)
	require.Zero(t, a.WorkflowExecutionTimeout)
	require.Equal(t, "acme", a.Priority.FairnessKey)
	require.Equal(t, contract.QueueWorkflows, a.TaskQueue)
}

func TestDelayMovesTheWeekday(t *testing.T) {
	delay := task.Duration(6 * time.Hour)
	tk := testTask(t, task.Spec{
		Zone: "UTC", Frequency: task.Frequency{Kind: task.Weekly, At: "23:00", Weekday: "saturday"}, Delay: &delay,
	}, created)
	entry := schedule.Options(tk, created).Spec.Calendars[0]
	require.Equal(t, int(time.Sunday), entry.DayOfWeek[0].Start)
	require.Equal(t, 5, entry.Hour[0].Start)
}

// A disabled task stays paused whatever its calendar says, and one whose end has passed
// is paused so that the server does not remove it.
func TestPaused(t *testing.T) {
	end := created.AddDate(0, 0, 3)
	tk := testTask(t, task.Spec{Zone: "UTC", Frequency: task.Frequency{Kind: task.Daily, At: "06:00"}, End: &end}, created)
	require.False(t, schedule.Options(tk, created).Paused)
	ended := schedule.Options(tk, created.AddDate(0, 1, 0))
	require.True(t, ended.Paused)
	require.Contains(t, ended.Note, "no run to come")
	tk.Paused = true
	require.True(t, schedule.Options(tk, created).Paused)
}

func TestJitterIsByAccount(t *testing.T) {
	spec := task.Spec{Zone: "UTC", Frequency: task.Frequency{Kind: task.Daily, At: "06:00"}}
	seen := map[time.Duration]bool{}
	for _, account := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		tk := testTask(t, spec, created)
		tk.Account = account
		j := schedule.Options(tk, created).Spec.Jitter
		require.Equal(t, j, schedule.Options(tk, created.AddDate(1, 0, 0)).Spec.Jitter)
		require.Greater(t, j, time.Duration(0))
		require.LessOrEqual(t, j, schedule.MaxJitter)
		seen[j] = true
	}
	require.Greater(t, len(seen), 4)
}

// The exceptions depend on the year only, so that a check during the year finds the
// schedule unchanged.
func TestExceptionsHoldAllYear(t *testing.T) {
	tk := testTask(t, task.Spec{Zone: "America/Santiago", Frequency: task.Frequency{Kind: task.Daily, At: "00:00"}}, created)
	january := schedule.Options(tk, time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC))
	december := schedule.Options(tk, time.Date(2027, time.December, 31, 23, 0, 0, 0, time.UTC))
	require.Equal(t, january.Spec, december.Spec)
	require.Len(t, january.Spec.Calendars, 1+3, "September of 2027, 2028 and 2029")
	require.NotEqual(t, january.Spec, schedule.Options(tk, time.Date(2028, time.January, 1, 0, 0, 0, 0, time.UTC)).Spec)
}

// In no zone does a skipped time hit a fire, and the exceptions stay few.
func TestSkippedTimesAreNoFires(t *testing.T) {
	until := created.AddDate(schedule.ExceptionYears+1, 1, 0)
	most := 0
	for _, zone := range task.ZoneNames() {
		for _, spec := range schedules() {
			spec.Zone = zone
			tk := testTask(t, spec, created)
			s := schedule.Options(tk, created).Spec
			most = max(most, len(s.Calendars)+len(s.Intervals)+len(s.Skip))
			if len(s.Skip) == 0 {
				continue
			}
			fires := map[string]bool{}
			for b := range tk.Calendar.Boundaries(created, until) {
				fires[tk.Calendar.Fire(b).In(tk.Calendar.Zone()).Format(time.DateTime)] = true
			}
			for _, skip := range s.Skip {
				at := time.Date(skip.Year[0].Start, time.Month(skip.Month[0].Start), skip.DayOfMonth[0].Start,
					skip.Hour[0].Start, skip.Minute[0].Start, skip.Second[0].Start, 0, time.UTC)
				require.False(t, fires[at.Format(time.DateTime)], "%s skips its fire at %s", tk.ID, at)
			}
		}
	}
	require.LessOrEqual(t, most, 16)
}

func TestTextIsShortAndClear(t *testing.T) {
	tk := testTask(t, task.Spec{Zone: "Europe/Madrid", Frequency: task.Frequency{Kind: task.Daily, At: "06:00"}}, created)
	require.Equal(t, "Messages · daily 06:00 Europe/Madrid · CSV → sftp: Archive", schedule.Summary(tk))
	tk.Spec.Description = "a | b\nc"
	require.Contains(t, schedule.Details(tk), `| description | a \| b c |`)
	require.Contains(t, schedule.Details(tk), "| destination | sftp: Archive, encryption pgp |")

	tk.Legs = []string{strings.Repeat("日本", 400)}
	s := schedule.Summary(tk)
	require.LessOrEqual(t, len(s), 200)
	require.True(t, utf8.ValidString(s))
	require.True(t, strings.HasSuffix(s, "…"))
	require.LessOrEqual(t, len(schedule.Details(tk)), 8<<10)
}

// Exactly what goes to a run: nothing of the spec, so nothing to go stale or leak.
func TestRunInputIsThreeFields(t *testing.T) {
	tk := testTask(t, task.Spec{Zone: "UTC", Frequency: task.Frequency{Kind: task.Daily, At: "06:00"}}, created)
	b, err := json.Marshal(schedule.Options(tk, created).Action.(*client.ScheduleWorkflowAction).Args[0])
	require.NoError(t, err)
	require.JSONEq(t, `{"account":"acme","task":"`+tk.ID+`","generation":1}`, string(b))
}
