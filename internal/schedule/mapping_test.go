package schedule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"transporter/internal/schedule"
	"transporter/internal/task"
)

// hardZones change at midnight, by half an hour, by two hours, early, late, or never.
var hardZones = []string{
	"America/Santiago", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu",
	"America/New_York", "Europe/London", "Pacific/Apia", "Europe/Madrid", "America/Nuuk",
	"Antarctica/Troll", "Africa/Casablanca", "Asia/Beirut", "Pacific/Chatham",
}

// schedules are the frequencies and delays that meet gaps, folds and date lines.
func schedules() []task.Spec {
	var specs []task.Spec
	add := func(f task.Frequency, delays ...time.Duration) {
		for _, d := range delays {
			specs = append(specs, task.Spec{Frequency: f, Delay: (*task.Duration)(&d)})
		}
	}
	add(task.Frequency{Kind: task.Daily, At: "00:00"}, 0, 6*time.Hour, 25*time.Hour)
	add(task.Frequency{Kind: task.Daily, At: "01:30"}, 0, 15*time.Minute)
	add(task.Frequency{Kind: task.Daily, At: "02:15"}, 0)
	add(task.Frequency{Kind: task.Daily, At: "02:30"}, 0, 8*24*time.Hour)
	add(task.Frequency{Kind: task.Daily, At: "23:30"}, 0)
	add(task.Frequency{Kind: task.Weekly, At: "00:00", Weekday: "sunday"}, 0)
	add(task.Frequency{Kind: task.Weekly, At: "06:00", Weekday: "sunday"}, 0)
	add(task.Frequency{Kind: task.Weekly, At: "06:00", Weekday: "saturday"}, 0)
	add(task.Frequency{Kind: task.Weekly, At: "23:00", Weekday: "saturday"}, 6*time.Hour)
	add(task.Frequency{Kind: task.Interval, Every: task.Duration(12 * time.Hour)}, 20*time.Minute)
	return specs
}

func testTask(t *testing.T, spec task.Spec, created time.Time) schedule.Task {
	t.Helper()
	spec.Description, spec.Report, spec.Version, spec.Format = "Messages of yesterday", "msg.messages", "1.0", "csv"
	spec.Destinations = []task.Leg{{Destination: "archive", Encryption: task.Encryption{Mode: task.EncryptPGP}}}
	cal, err := task.NewCalendar(spec, created, 0)
	require.NoError(t, err)
	id := fmt.Sprintf("%s-%s%s%s%s", spec.Zone, spec.Frequency.Kind, spec.Frequency.At, spec.Frequency.Weekday, cal.Delay())
	return schedule.Task{
		Account: "acme", ID: strings.NewReplacer("/", "-", ":", "").Replace(id), Generation: 1,
		Spec: spec, Calendar: cal, Title: "Messages", Legs: []string{"sftp: Archive"},
	}
}

// The real server fires a task exactly when its calendar says, and when the simulated clock of
// TestWindowsTileInEveryZone does, in every year from 2024 to 2029 and in zones with every kind
// of clock change: a schedule is asked for as many years as its exceptions last. Only the
// second pass of a doubled hour may fire too: the clock shows the same, and the run finds the
// window that the first pass has made.
func testFiresWhenTheCalendarSays(t *testing.T, c client.Client) {
	for _, zone := range zonesToAsk() {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			for from := firstDay; from.Before(lastDay); from = from.AddDate(schedule.ExceptionYears+1, 0, 0) {
				until := from.AddDate(schedule.ExceptionYears+1, 0, 0)
				for _, spec := range schedules() {
					spec.Zone = zone
					tk := testTask(t, spec, from)
					tk.ID = fmt.Sprintf("%s-%d", tk.ID, from.Year())
					o := schedule.Options(tk, from)
					o.Spec.Jitter = 0 // the answer would contain it
					_, err := c.ScheduleClient().Create(t.Context(), o)
					require.NoError(t, err, o.ID)
					got := matchingTimes(t, c, o.ID, from, until)
					require.Equal(t, slices.Collect(simulated(o.Spec, asServer, from, until)), got, "%s: the simulated clock", tk.ID)
					_, err = checkFires(slices.Values(got), dueWithin(tk, from, until), windowsOf(t, tk, from), tk.Calendar.Zone())
					require.NoError(t, err, tk.ID)
				}
			}
		})
	}
}

// dueWithin lists what is due after from and until the end of a time.
func dueWithin(tk schedule.Task, from, until time.Time) []due {
	all := expected(tk.Calendar.Zone(), tk.Spec.Frequency, tk.Calendar.Delay(), from, tk.Calendar.First(), until.Add(time.Second))
	return slices.DeleteFunc(all, func(d due) bool { return d.fire.After(until) })
}

func compare(t *testing.T, tk schedule.Task, got []time.Time, from, until time.Time) {
	t.Helper()
	fired := map[time.Time]bool{}
	for _, at := range got {
		fired[at] = true
	}
	expected := map[time.Time]bool{}
	for b := range tk.Calendar.Boundaries(from.AddDate(0, 0, -30), until.Add(time.Second)) {
		if fire := tk.Calendar.Fire(b); fire.After(from) && !fire.After(until) {
			expected[fire] = true
			require.True(t, fired[fire], "%s: the server does not fire at %s", tk.ID, fire.In(tk.Calendar.Zone()))
		}
	}
	require.NotEmpty(t, expected)
	for _, at := range got {
		if expected[at] {
			continue
		}
		w, ok := tk.Calendar.WindowAt(at)
		require.True(t, ok)
		zone := tk.Calendar.Zone()
		first := tk.Calendar.Fire(w.To)
		require.Equal(t, first.In(zone).Format(time.DateTime), at.In(zone).Format(time.DateTime),
			"%s: the server also fires at %s", tk.ID, at.In(zone))
		require.True(t, first.Before(at), "the window was due at the first pass")
	}
}

// A once task fires once, at the second after its window and delay.
func testFiresOnce(t *testing.T, c client.Client) {
	created := time.Now().UTC().Truncate(time.Second)
	start, delay := created.Add(-2*time.Hour), task.Duration(90*time.Second)
	tk := testTask(t, task.Spec{
		Zone: "Europe/Madrid", Frequency: task.Frequency{Kind: task.Once}, Start: &start, Delay: &delay,
	}, created)
	o := schedule.Options(tk, created)
	h, err := c.ScheduleClient().Create(t.Context(), o)
	require.NoError(t, err)
	got := matchingTimes(t, c, o.ID, created, created.AddDate(2, 0, 0))
	require.Equal(t, []time.Time{start.Add(24*time.Hour + 90*time.Second)}, got)
	d, err := h.Describe(t.Context())
	require.NoError(t, err)
	require.True(t, d.Schedule.State.LimitedActions)
	require.Equal(t, 1, d.Schedule.State.RemainingActions)

	past := start.AddDate(0, 0, -7)
	tk.Spec.Start, tk.ID = &past, "past"
	tk.Calendar, err = task.NewCalendar(tk.Spec, created, 0)
	require.NoError(t, err)
	o = schedule.Options(tk, created)
	h, err = c.ScheduleClient().Create(t.Context(), o)
	require.NoError(t, err)
	require.Empty(t, matchingTimes(t, c, o.ID, created, created.AddDate(2, 0, 0)))
	d, err = h.Describe(t.Context())
	require.NoError(t, err)
	require.True(t, d.Schedule.State.Paused, "so that the server keeps it")
	require.Zero(t, d.Info.NumActions)
}

// Start and end are inclusive: the first and the last fire are among the server's.
func testKeepsStartAndEnd(t *testing.T, c client.Client) {
	created := time.Now().UTC().Truncate(time.Second)
	start := created.AddDate(0, 0, 3).Truncate(time.Hour)
	end := created.AddDate(0, 0, 10)
	for _, f := range []task.Frequency{
		{Kind: task.Daily, At: "06:00"},
		{Kind: task.Interval, Every: task.Duration(12 * time.Hour)},
	} {
		delay := task.Duration(time.Hour)
		tk := testTask(t, task.Spec{Zone: "America/New_York", Frequency: f, Start: &start, End: &end, Delay: &delay}, created)
		o := schedule.Options(tk, created)
		_, err := c.ScheduleClient().Create(t.Context(), o)
		require.NoError(t, err)
		got := matchingTimes(t, c, o.ID, created, created.AddDate(1, 0, 0))
		for i := range got {
			got[i] = got[i].Truncate(schedule.MaxJitter) // the answer contains the jitter
		}
		var want []time.Time
		for b := range tk.Calendar.Boundaries(created, created.AddDate(1, 0, 0)) {
			want = append(want, tk.Calendar.Fire(b))
		}
		require.Equal(t, want, got)
		last, _ := tk.Calendar.Last()
		require.Equal(t, tk.Calendar.Fire(last), got[len(got)-1])
	}
}
