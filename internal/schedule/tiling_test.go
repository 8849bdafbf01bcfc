package schedule_test

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/ledger"
	"transporter/internal/schedule"
	"transporter/internal/task"
	"transporter/internal/task/tzdata"
	"transporter/internal/timeline"
)

// The years whose windows must exist, each once.
var (
	firstDay = time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(2030, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// simulatedDelays: none, within the hour of a clock change and beyond it, over midnight, over
// a day, over a week, and the longest that a task may have.
var simulatedDelays = []time.Duration{
	0, 15 * time.Minute, time.Hour, 90 * time.Minute, 6 * time.Hour, 25 * time.Hour, 8 * 24 * time.Hour, task.MaxDelay,
}

// simulatedTimes lie in, at the edges of and outside every gap and doubled hour in use.
var simulatedTimes = []string{
	"00:00", "00:30", "01:00", "01:30", "01:45", "02:00", "02:15", "02:30",
	"03:00", "04:00", "06:00", "12:00", "20:00", "22:00", "23:00", "23:30",
}

// simulatedLengths are those that tasks may have, and odd ones that the arithmetic must bear.
func simulatedLengths() []time.Duration {
	return append(task.Intervals(), 7*time.Minute, 50*time.Minute, 7*time.Hour, 25*time.Hour)
}

// distinctZones returns one name for each different content of the tz database: links are the
// same bytes under another name.
func distinctZones() (names []string) {
	seen := map[[sha256.Size]byte]bool{}
	for _, name := range task.ZoneNames() {
		raw, _ := tzdata.Raw(name)
		if sum := sha256.Sum256(raw); !seen[sum] {
			seen[sum] = true
			names = append(names, name)
		}
	}
	return names
}

// Every window of six years exists once and tiles with its neighbours, in every zone, on a
// simulated clock: the schedule that the server is given is evaluated as the server does it
// (and as it ought to), each fire goes through the arithmetic of the plan step, and what comes
// of it is held against the rules, worked out by other means.
func TestWindowsTileInEveryZone(t *testing.T) {
	var windows, again atomic.Int64
	t.Run("zones", func(t *testing.T) {
		for i, zone := range distinctZones() {
			t.Run(zone, func(t *testing.T) {
				t.Parallel()
				for task := range simulatedTasks(i) {
					task.Zone = zone
					n, twice := requireTiles(t, task)
					windows.Add(int64(n))
					again.Add(int64(twice))
				}
			})
		}
	})
	t.Logf("%d zones, %d windows, %d fires of a second pass", len(distinctZones()), windows.Load(), again.Load())
	require.Positive(t, windows.Load())
}

// simulatedTasks yields the tasks of the i-th zone: of the calendars its share, of the
// intervals each with one delay, since they follow elapsed time and a zone only anchors them.
func simulatedTasks(i int) iter.Seq[task.Spec] {
	return func(yield func(task.Spec) bool) {
		for d, delay := range simulatedDelays {
			for a, at := range simulatedTimes {
				if (7*i+d*len(simulatedTimes)+a)%tilingShare != 0 {
					continue
				}
				daily := task.Frequency{Kind: task.Daily, At: at}
				weekly := task.Frequency{Kind: task.Weekly, At: at, Weekday: task.Weekdays()[(i+d+a)%7]}
				if !yield(task.Spec{Frequency: daily, Delay: (*task.Duration)(&delay)}) || !yield(task.Spec{Frequency: weekly, Delay: (*task.Duration)(&delay)}) {
					return
				}
			}
		}
		for n, every := range simulatedLengths() {
			delay := simulatedDelays[(i+n)%len(simulatedDelays)]
			f := task.Frequency{Kind: task.Interval, Every: task.Duration(every)}
			if !yield(task.Spec{Frequency: f, Delay: (*task.Duration)(&delay)}) {
				return
			}
		}
	}
}

// requireTiles runs one task through its years.
func requireTiles(t *testing.T, spec task.Spec) (n, again int) {
	t.Helper()
	created, until := firstDay.AddDate(0, 0, -20), lastDay
	tk := testTask(t, spec, created)
	first := tk.Calendar.First()
	if every := time.Duration(spec.Frequency.Every); every > 0 && until.Sub(first)/every > tilingIntervals {
		until = first.Add(every * tilingIntervals)
	}
	windows := windowsOf(t, tk, created)
	want := expected(tk.Calendar.Zone(), spec.Frequency, tk.Calendar.Delay(), created, first, until)
	require.False(t, want[0].boundary.After(firstDay.Add(7*24*time.Hour)))
	require.True(t, want[0].fire.After(created))
	clocks := map[string]evaluator{"server": asServer, "exact": asWritten}
	if spec.Frequency.Kind == task.Interval { // of which both make the same
		delete(clocks, "exact")
	}
	for name, evaluate := range clocks {
		last := want[len(want)-1].fire
		twice, err := checkFires(firesOf(tk, evaluate, created, last), want, windows, tk.Calendar.Zone())
		require.NoError(t, err, "%s, %s clock, %s, delay %s", spec.Zone, name, spec.Frequency, tk.Calendar.Delay())
		again += twice
	}
	return len(want), again
}

// windowsOf returns the windows of a task that was made then and never edited.
func windowsOf(t *testing.T, tk schedule.Task, created time.Time) *timeline.Timeline {
	t.Helper()
	made := ledger.Entry{Seq: 1, EffectiveFrom: created, Spec: tk.Spec, State: ledger.Enabled, Generation: 1}
	windows, err := timeline.New([]ledger.Entry{made}, nil, func(task.Spec) (time.Duration, error) { return tk.Calendar.Delay(), nil })
	require.NoError(t, err)
	return windows
}

// checkFires returns an error unless the fires are those that are due, each once and in order,
// and each finds the window from the boundary before to its own. Only the second pass of a
// doubled hour may fire again: it shows the same clock and finds the same window.
func checkFires(fires iter.Seq[time.Time], want []due, windows *timeline.Timeline, zone *time.Location) (again int, err error) {
	k, before := 0, timeline.Window{}
	for at := range fires {
		w, _, ok := windows.At(at)
		switch {
		case !ok:
			return again, fmt.Errorf("the fire at %s finds no window", at)
		case k < len(want) && at.Equal(want[k].fire):
			if !w.To.Equal(want[k].boundary) || !w.Fire.Equal(at) || k > 0 && !w.From.Equal(want[k-1].boundary) || !w.From.Before(w.To) {
				return again, fmt.Errorf("the fire at %s finds %s, not what ends at %s", at, w.Text(zone), want[k].boundary)
			}
			k, before = k+1, w
		case k > 0 && w == before && at.In(zone).Format(time.DateTime) == w.Fire.In(zone).Format(time.DateTime):
			again++
		case k < len(want) && at.After(want[k].fire):
			return again, fmt.Errorf("nothing fires at %s", want[k].fire.In(zone))
		default:
			return again, fmt.Errorf("it also fires at %s", at.In(zone))
		}
	}
	if k < len(want) {
		return again, fmt.Errorf("nothing fires at %s", want[k].fire.In(zone))
	}
	return again, nil
}

// A once task fires once, when its window and delay are over, wherever they lie.
func TestOnceTilesInEveryZone(t *testing.T) {
	for i, zone := range distinctZones() {
		start := firstDay.AddDate(0, 2*(i%30), i%28).Add(time.Duration(i) * 37 * time.Second)
		delay := simulatedDelays[i%len(simulatedDelays)]
		tk := testTask(t, task.Spec{Zone: zone, Frequency: task.Frequency{Kind: task.Once}, Start: &start, Delay: (*task.Duration)(&delay)}, firstDay)
		var fires []string
		for at := range simulated(schedule.Options(tk, firstDay.Add(-time.Second)).Spec, asServer, firstDay, lastDay.AddDate(60, 0, 0)) {
			fires = append(fires, at.Format(time.RFC3339))
			w, ok := tk.Calendar.WindowAt(at)
			require.True(t, ok)
			require.Equal(t, task.Window{From: start, To: start.Add(task.DefaultOnce)}, w)
		}
		require.Equal(t, start.Add(task.DefaultOnce+delay).Format(time.RFC3339), strings.Join(fires, " "), zone)
	}
}

// What the simulation must be able to see: a schedule without its exceptions loses windows.
func TestSimulationSeesGaps(t *testing.T) {
	tk := testTask(t, task.Spec{Zone: "America/Santiago", Frequency: task.Frequency{Kind: task.Daily, At: "00:00"}}, firstDay)
	s := schedule.Options(tk, firstDay).Spec
	s.Calendars, s.Intervals, s.Skip = s.Calendars[:1], nil, nil
	for name, evaluate := range map[string]evaluator{"server": asServer, "exact": asWritten} {
		fired := map[string]bool{}
		for at := range simulated(s, evaluate, firstDay, firstDay.AddDate(1, 0, 0)) {
			fired[at.Format(time.RFC3339)] = true
		}
		require.True(t, fired["2024-09-07T04:00:00Z"], name)
		require.False(t, fired["2024-09-08T04:00:00Z"], name+": there is no midnight")
	}
}
