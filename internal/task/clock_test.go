package task

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := Zone(name)
	require.NoError(t, err)
	return loc
}

// wallOf reads "2026-03-29 02:30" as wall seconds.
func wallOf(t testing.TB, s string) int64 {
	t.Helper()
	w, err := time.Parse("2006-01-02 15:04", s)
	require.NoError(t, err)
	return w.Unix()
}

func TestFirstInstant(t *testing.T) {
	for _, tc := range []struct{ name, zone, wall, want string }{
		{"ordinary", "Europe/Madrid", "2026-07-01 06:00", "2026-07-01T04:00:00Z"},
		{"gap: its end", "Europe/Madrid", "2026-03-29 02:30", "2026-03-29T01:00:00Z"},
		{"start of a gap", "Europe/Madrid", "2026-03-29 02:00", "2026-03-29T01:00:00Z"},
		{"end of a gap", "Europe/Madrid", "2026-03-29 03:00", "2026-03-29T01:00:00Z"},
		{"fold: the first", "Europe/Madrid", "2026-10-25 02:30", "2026-10-25T00:30:00Z"},
		{"west, gap", "America/New_York", "2027-03-14 02:30", "2027-03-14T07:00:00Z"},
		{"west, fold", "America/New_York", "2027-11-07 01:30", "2027-11-07T05:30:00Z"},
		{"midnight does not exist", "America/Santiago", "2027-09-05 00:00", "2027-09-05T04:00:00Z"},
		{"half-hour gap", "Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:30:00Z"},
		{"half-hour fold", "Australia/Lord_Howe", "2027-04-04 01:45", "2027-04-03T14:45:00Z"},
		{"two-hour gap", "Antarctica/Troll", "2027-03-28 01:30", "2027-03-28T01:00:00Z"},
		{"a day that never was", "Pacific/Apia", "2011-12-30 06:00", "2011-12-30T10:00:00Z"},
		{"last day of a leap year", "Europe/Madrid", "2028-12-31 06:00", "2028-12-31T05:00:00Z"},
		{"first day after it", "Europe/Madrid", "2029-01-01 00:30", "2028-12-31T23:30:00Z"},
		{"quarter-hour offset", "Asia/Kathmandu", "2026-01-01 00:00", "2025-12-31T18:15:00Z"},
		{"winter time as negative saving", "Europe/Dublin", "2026-03-29 01:30", "2026-03-29T01:00:00Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := clockOf(mustZone(t, tc.zone)).first(wallOf(t, tc.wall))
			require.Equal(t, tc.want, unixUTC(got).Format(time.RFC3339))
		})
	}
}

// The definition itself: nothing before the instant shows the wanted time or more, and
// the instant does. Checked second by second around it, for any zone and time.
func TestFirstInstantIsFirst(t *testing.T) {
	names := ZoneNames()
	rapid.Check(t, func(t *rapid.T) {
		zone, err := Zone(rapid.SampledFrom(names).Draw(t, "zone"))
		require.NoError(t, err)
		c := clockOf(zone)
		w := rapid.Int64Range(wallOf2000, wallOf2100).Draw(t, "wall")
		if n := len(c.stretches); n > 1 && rapid.Bool().Draw(t, "near a change") {
			s := rapid.SampledFrom(c.stretches[1:]).Draw(t, "change")
			w = c.wall(s.start) + rapid.Int64Range(-3*60*60, 3*60*60).Draw(t, "around")
		}
		got := c.first(w)
		require.GreaterOrEqual(t, c.wall(got), w)
		for before := got - maxOffset; before < got; before += 60 {
			require.Less(t, c.wall(before), w, "%d seconds earlier shows it too", got-before)
		}
		require.Less(t, c.wall(got-1), w)
		later := w + rapid.Int64Range(0, 3*secondsPerDay).Draw(t, "later")
		require.LessOrEqual(t, got, c.first(later), "never decreases")
	})
}

var (
	wallOf2000 = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	wallOf2100 = time.Date(2100, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
)

// The table against package time, at every change of every zone and between them.
func TestClockAgreesWithTime(t *testing.T) {
	for _, name := range ZoneNames() {
		zone := mustZone(t, name)
		c := clockOf(zone)
		for t0 := int64(0); t0 < wallOf2100; t0 += 23 * secondsPerDay {
			requireWall(t, zone, c, t0)
		}
		for _, s := range c.stretches[1:] {
			requireWall(t, zone, c, s.start-1)
			requireWall(t, zone, c, s.start)
			requireWall(t, zone, c, s.start+1)
		}
	}
}

func requireWall(t *testing.T, zone *time.Location, c clock, at int64) {
	t.Helper()
	_, offset := time.Unix(at, 0).In(zone).Zone()
	if got := c.wall(at); got != at+int64(offset) {
		require.Equal(t, at+int64(offset), got, "%s at %s", zone, unixUTC(at))
	}
}

func BenchmarkFirstInstant(b *testing.B) {
	c := clockOf(mustZone(b, "Europe/Madrid"))
	for i := range b.N {
		c.first(1_790_000_000 + int64(i%1000)*secondsPerDay)
	}
}
