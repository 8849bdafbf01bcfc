package interval

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/task"
)

// In all zones and years days tile the window, and every date has one, also where midnight
// comes twice or not at all.
func TestDaysTile(t *testing.T) {
	zones := task.ZoneNames()
	rapid.Check(t, func(t *rapid.T) {
		zone, err := task.Zone(rapid.SampledFrom(zones).Draw(t, "zone"))
		require.NoError(t, err)
		from := rapid.Int64Range(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), time.Date(2037, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()).Draw(t, "from")
		to := from + rapid.Int64Range(1, 20*24*time.Hour.Milliseconds()).Draw(t, "span")
		a := NewDays(from, to, zone)
		at, dates := from, map[string]bool{}
		for i := range a.Len() {
			start, end := a.Bounds(i)
			require.Equal(t, at, start)
			date := time.UnixMilli(start).In(zone).Format(time.DateOnly)
			require.False(t, dates[date], date)
			require.Equal(t, date, time.UnixMilli(end-1).In(zone).Format(time.DateOnly))
			dates[date], at = true, end
		}
		require.Equal(t, to, at)
	})
}

func TestDaysOfHavana(t *testing.T) { // whose clock goes back at one to midnight
	zone, err := task.Zone("America/Havana")
	require.NoError(t, err)
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, zone)
	a := NewDays(day.UnixMilli(), day.AddDate(0, 0, 2).UnixMilli(), zone)
	require.Equal(t, 2, a.Len())
	from, to := a.Bounds(0)
	require.Equal(t, 25*time.Hour.Milliseconds(), to-from)
}
