package task

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/task/tzdata"
)

// distinctZones returns one name for each different content of the tz database: links
// are the same bytes under another name and behave alike.
func distinctZones(t testing.TB) []string {
	t.Helper()
	seen := map[[sha256.Size]byte]bool{}
	var names []string
	for _, name := range ZoneNames() {
		raw, ok := tzdata.Raw(name)
		require.True(t, ok, name)
		if sum := sha256.Sum256(raw); !seen[sum] {
			seen[sum] = true
			names = append(names, name)
		}
	}
	return names
}

// tilingDelays: none, the usual ones, more than a day and more than a week.
var tilingDelays = []time.Duration{0, 15 * time.Minute, time.Hour, 6 * time.Hour, 25 * time.Hour, 8 * 24 * time.Hour}

// timesOfDay lie in, at the edges of and outside every gap and fold in use.
var timesOfDay = []string{"00:00", "00:30", "01:00", "01:45", "02:00", "02:15", "02:30", "03:00", "06:00", "23:30"}

func requireTiling(t *testing.T, spec Spec, created time.Time, delay time.Duration, until time.Time) int {
	t.Helper()
	cal, err := NewCalendar(spec, created, delay)
	require.NoError(t, err)
	n, err := checkTiling(cal, until)
	require.NoError(t, err, "%s %+v delay %s", spec.Zone, spec.Frequency, delay)
	return n
}

// checkTiling walks the boundaries from the first one and returns an error unless the
// windows tile, fires grow strictly, none comes before its window is over, and the window
// at every fire, until the next fire, is that of its boundary. It returns their number.
func checkTiling(cal *Calendar, until time.Time) (n int, err error) {
	var before Window
	var fired time.Time
	for b := range cal.Boundaries(cal.First(), until) {
		w, ok := cal.WindowOf(b)
		fire := cal.Fire(b)
		switch {
		case !ok || !w.To.Equal(b) || !w.From.Before(b):
			return n, fmt.Errorf("window of %s is %v", b, w)
		case n > 0 && !w.From.Equal(before.To):
			return n, fmt.Errorf("window %v does not begin where %v ends", w, before)
		case fire.Before(b):
			return n, fmt.Errorf("run of %s fires at %s, before the window is over", b, fire)
		case n > 0 && !fire.After(fired):
			return n, fmt.Errorf("fire %s of %s is not after the one before it, %s", fire, b, fired)
		}
		if at, ok := cal.WindowAt(fire); !ok || at != w {
			return n, fmt.Errorf("the run of %s at %s finds window %v", b, fire, at)
		}
		if at, ok := cal.WindowAt(fire.Add(-time.Second)); ok != (n > 0) || ok && at != before {
			return n, fmt.Errorf("a second before the fire of %s the window is %v, not %v", b, at, before)
		}
		before, fired = w, fire
		n++
	}
	return n, nil
}

// Every zone, daily and weekly, all delays, three whole years.
func TestCalendarsTileInEveryZone(t *testing.T) {
	created := at(t, "2026-01-01T12:00:00Z")
	until := created.AddDate(0, 0, tilingDays)
	for z, zone := range distinctZones(t) {
		for i, delay := range tilingDelays {
			for j, clock := range timesOfDay {
				// each zone has its share of the pairs, and each pair its share of the zones
				if (7*z+i*len(timesOfDay)+j)%tilingStride != 0 {
					continue
				}
				daily := Spec{Zone: zone, Frequency: Frequency{Kind: Daily, At: clock}}
				n := requireTiling(t, daily, created, delay, until)
				require.InDelta(t, tilingDays, n, 10, "%s %s", zone, clock)
				weekly := Spec{Zone: zone, Frequency: Frequency{Kind: Weekly, At: clock, Weekday: Weekdays()[(i+j)%7]}}
				n = requireTiling(t, weekly, created, delay, until)
				require.InDelta(t, tilingDays/7, n, 2, "%s %s", zone, clock)
			}
		}
	}
}

// Every zone around each of its changes since 1970, also the odd ones: days that were
// skipped or lived twice, changes by 20 or 40 minutes, changes at midnight.
func TestCalendarsTileAcrossEveryChange(t *testing.T) {
	changes := 0
	for _, zone := range distinctZones(t) {
		stretches := clockOf(mustZone(t, zone)).stretches
		for i, s := range stretches[1:] {
			change := unixUTC(s.start)
			if change.Year() >= futureYear { // the same rule year after year
				break
			}
			changes++
			for j, clock := range timesOfDay {
				if (i+j)%tilingStride != 0 {
					continue
				}
				created := change.AddDate(0, 0, -3)
				spec := Spec{Zone: zone, Frequency: Frequency{Kind: Daily, At: clock}}
				requireTiling(t, spec, created, tilingDelays[(i+j)%len(tilingDelays)], change.AddDate(0, 0, 12))
				spec.Frequency = Frequency{Kind: Weekly, At: clock, Weekday: Weekdays()[int(change.Weekday()+6+time.Weekday(i)%3)%7]}
				requireTiling(t, spec, created.AddDate(0, 0, -7), tilingDelays[(i+2*j)%len(tilingDelays)], change.AddDate(0, 0, 16))
			}
		}
	}
	t.Logf("%d changes of the clock", changes)
	require.Greater(t, changes, 10_000)
}

// Intervals follow elapsed time: the zone only sets the anchor.
func TestIntervalsTileInEveryZone(t *testing.T) {
	created := at(t, "2026-03-28T20:00:00Z")
	for z, zone := range distinctZones(t) {
		for i, every := range Intervals() {
			spec := Spec{Zone: zone, Frequency: Frequency{Kind: Interval, Every: Duration(every)}}
			delay := tilingDelays[(z+i)%len(tilingDelays)]
			requireTiling(t, spec, created, delay, created.Add(delay+6*every))
		}
	}
	for i, every := range Intervals() {
		spec := Spec{Zone: "Europe/Madrid", Frequency: Frequency{Kind: Interval, Every: Duration(every)}}
		delay := tilingDelays[i%len(tilingDelays)]
		n := requireTiling(t, spec, created, delay, created.AddDate(2, 0, 0))
		require.InDelta(t, 731*24*time.Hour/every, n, float64(8*24*time.Hour/every)+2)
	}
}

// Any task at all: the laws, and that preview, fires and windows are one arithmetic.
func TestAnyCalendarTiles(t *testing.T) {
	names := ZoneNames()
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t, names)
		created := unixUTC(rapid.Int64Range(wallOf2000+400*secondsPerDay, wallOf2100-4000*secondsPerDay).Draw(t, "created"))
		delay := time.Duration(rapid.Int64Range(0, 30*secondsPerDay).Draw(t, "delay")) * time.Second
		if rapid.Bool().Draw(t, "with start") {
			spec.Start = ptr(created.Add(time.Duration(rapid.Int64Range(-300, 300).Draw(t, "start")) * time.Hour))
		}
		cal, err := NewCalendar(spec, created, delay)
		require.NoError(t, err)
		_, err = checkTiling(cal, cal.First().AddDate(0, 2, 0))
		require.NoError(t, err)

		after := created.Add(time.Duration(rapid.Int64Range(-500, 500).Draw(t, "after")) * time.Hour)
		for _, run := range NextRuns(cal, after, 5) {
			require.True(t, run.Fire.After(after))
			w, ok := cal.WindowAt(run.Fire)
			require.True(t, ok)
			require.Equal(t, run.Window, w)
			require.Equal(t, run.Fire, cal.Fire(w.To))
			after = run.Fire
		}
	})
}

func drawSpec(t *rapid.T, zones []string) Spec {
	f := Frequency{Kind: rapid.SampledFrom([]string{Interval, Daily, Weekly}).Draw(t, "kind")}
	if f.Kind == Interval {
		f.Every = Duration(rapid.SampledFrom(Intervals()).Draw(t, "every"))
	} else {
		f.At = fmt.Sprintf("%02d:%02d", rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"))
	}
	if f.Kind == Weekly {
		f.Weekday = rapid.SampledFrom(Weekdays()).Draw(t, "weekday")
	}
	return Spec{Zone: rapid.SampledFrom(zones).Draw(t, "zone"), Frequency: f}
}
