package interval

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/task"
)

// K8, of the axis: days of 23, 24 and 25 hours have 92, 96 and 100 quarters, and the hour
// that comes twice is told apart.
func TestQuartersOfDays(t *testing.T) {
	for _, c := range []struct {
		zone, day string
		quarters  int
		folds     int
	}{
		{"Europe/Berlin", "2026-03-29", 92, 0},
		{"Europe/Berlin", "2026-06-01", 96, 0},
		{"Europe/Berlin", "2026-10-25", 100, 4},
		{"Australia/Lord_Howe", "2026-04-05", 98, 2}, // half an hour back
		{"Australia/Lord_Howe", "2026-10-04", 94, 0},
		{"Asia/Kathmandu", "2026-06-01", 96, 0},
	} {
		zone, err := task.Zone(c.zone)
		require.NoError(t, err)
		day, err := time.ParseInLocation(time.DateOnly, c.day, zone)
		require.NoError(t, err)
		a := NewAxis(day.UnixMilli(), day.AddDate(0, 0, 1).UnixMilli(), 15*time.Minute, zone)
		require.Equal(t, c.quarters, a.Len(), "%s %s", c.zone, c.day)
		seen, folds := map[Name]bool{}, 0
		for i := range a.Len() {
			n := a.Name(i)
			require.False(t, seen[n], "%v is there twice", n)
			seen[n] = true
			folds += int(n.Fold)
		}
		require.Equal(t, c.folds, folds, "%s %s", c.zone, c.day)
	}
}

// In all zones and years: intervals tile the window, none is longer than asked for, and only
// the window's own edges and changes of the clock lie beside the marks of the local clock.
func TestAxisTiles(t *testing.T) {
	zones := task.ZoneNames()
	rapid.Check(t, func(t *rapid.T) {
		zone, err := task.Zone(rapid.SampledFrom(zones).Draw(t, "zone"))
		require.NoError(t, err)
		from := rapid.Int64Range(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), time.Date(2037, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()).Draw(t, "from")
		to := from + rapid.Int64Range(1, 30*time.Hour.Milliseconds()).Draw(t, "span")
		length := rapid.SampledFrom([]time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour}).Draw(t, "length")
		a := NewAxis(from, to, length, zone)
		at := from
		for i := range a.Len() {
			start, end := a.Bounds(i)
			require.Equal(t, at, start)
			require.Greater(t, end, start)
			require.LessOrEqual(t, end-start, 2*length.Milliseconds())
			local := time.UnixMilli(start).In(zone)
			since, _ := local.ZoneBounds()
			atMark := (local.Minute()*60+local.Second())%int(length.Seconds()) == 0 && start%1000 == 0
			require.True(t, i == 0 || atMark || since.UnixMilli() == start, "%s", local)
			for _, inside := range []int64{start, end - 1} {
				found, ok := a.At(inside)
				require.True(t, ok)
				require.Equal(t, i, found)
			}
			at = end
		}
		require.Equal(t, to, at)
		_, before := a.At(from - 1)
		_, after := a.At(to)
		require.False(t, before || after)
	})
}

// What Clip gives of a span sums up to as much of it as lies in the window.
func TestClipLosesNothing(t *testing.T) {
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	a := NewAxis(day, day+24*time.Hour.Milliseconds(), 15*time.Minute, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		from := day + rapid.Int64Range(-1e8, 1e8).Draw(t, "from")
		to := from + rapid.Int64Range(0, 1e8).Draw(t, "span")
		var sum int64
		a.Clip(from, to, func(i int, from, to int64) {
			start, end := a.Bounds(i)
			require.True(t, start <= from && from < to && to <= end)
			sum += to - from
		})
		require.Equal(t, max(0, min(to, day+24*time.Hour.Milliseconds())-max(from, day)), sum)
	})
}
