package task

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return v
}

func ptr[T any](v T) *T { return &v }

// calendarCase builds a spec from its written parts; empty ones are left out.
type calendarCase struct {
	kind, every, at, weekday, zone, start, end, delay string
}

func (c calendarCase) spec(t testing.TB) Spec {
	t.Helper()
	s := Spec{Zone: c.zone, Frequency: Frequency{Kind: c.kind, At: c.at, Weekday: c.weekday}}
	if c.every != "" {
		every, err := ParseDuration(c.every)
		require.NoError(t, err)
		s.Frequency.Every = every
	}
	if c.start != "" {
		s.Start = ptr(at(t, c.start))
	}
	if c.end != "" {
		s.End = ptr(at(t, c.end))
	}
	if c.delay != "" {
		d, err := ParseDuration(c.delay)
		require.NoError(t, err)
		s.Delay = &d
	}
	return s
}

func (c calendarCase) calendar(t testing.TB, created string) *Calendar {
	t.Helper()
	cal, err := NewCalendar(c.spec(t), at(t, created), 0)
	require.NoError(t, err)
	return cal
}

// What the first runs of a task are, in words a person would check: fire, then window.
func TestNextRuns(t *testing.T) {
	const created = "2026-11-20T10:07:00Z" // a Friday
	for name, tc := range map[string]struct {
		calendarCase
		want []string
	}{
		"daily at midnight with six hours' delay runs at six over the day before": {
			calendarCase{kind: Daily, at: "00:00", zone: "Europe/Madrid", delay: "6h"},
			[]string{"2026-11-21T05:00:00Z 2026-11-19T23:00:00Z 2026-11-20T23:00:00Z"},
		},
		"a boundary that passed before creation still runs when its fire is to come": {
			calendarCase{kind: Daily, at: "10:00", zone: "UTC", delay: "15m"},
			[]string{"2026-11-20T10:15:00Z 2026-11-19T10:00:00Z 2026-11-20T10:00:00Z"},
		},
		"a delay longer than the period": {
			calendarCase{kind: Daily, at: "00:00", zone: "UTC", delay: "25h"},
			[]string{"2026-11-21T01:00:00Z 2026-11-19T00:00:00Z 2026-11-20T00:00:00Z"},
		},
		"weekly covers the last seven local days": {
			calendarCase{kind: Weekly, at: "06:00", weekday: "monday", zone: "America/New_York"},
			[]string{"2026-11-23T11:00:00Z 2026-11-16T11:00:00Z 2026-11-23T11:00:00Z"},
		},
		"interval is anchored at local midnight of the creation day": {
			calendarCase{kind: Interval, every: "1h", zone: "Asia/Kathmandu"}, // +05:45
			[]string{
				"2026-11-20T10:15:00Z 2026-11-20T09:15:00Z 2026-11-20T10:15:00Z",
				"2026-11-20T11:15:00Z 2026-11-20T10:15:00Z 2026-11-20T11:15:00Z",
			},
		},
		"interval with a start to come: the first boundary is the start": {
			calendarCase{kind: Interval, every: "4h", zone: "UTC", start: "2026-11-21T01:30:00Z", delay: "20m"},
			[]string{"2026-11-21T01:50:00Z 2026-11-20T21:30:00Z 2026-11-21T01:30:00Z"},
		},
		"daily with a start to come: the first boundary at or after it": {
			calendarCase{kind: Daily, at: "06:00", zone: "UTC", start: "2026-12-01T06:00:00Z"},
			[]string{"2026-12-01T06:00:00Z 2026-11-30T06:00:00Z 2026-12-01T06:00:00Z"},
		},
		"the last boundary is at or before the end": {
			calendarCase{kind: Daily, at: "06:00", zone: "UTC", end: "2026-11-22T06:00:00Z", delay: "1h"},
			[]string{
				"2026-11-21T07:00:00Z 2026-11-20T06:00:00Z 2026-11-21T06:00:00Z",
				"2026-11-22T07:00:00Z 2026-11-21T06:00:00Z 2026-11-22T06:00:00Z",
				"",
			},
		},
		"once takes 24 hours": {
			calendarCase{kind: Once, zone: "Europe/Madrid", start: "2026-11-24T00:00:00Z", delay: "15m"},
			[]string{"2026-11-25T00:15:00Z 2026-11-24T00:00:00Z 2026-11-25T00:00:00Z", ""},
		},
		"once with an end takes the range": {
			calendarCase{kind: Once, zone: "UTC", start: "2026-11-01T00:00:00Z", end: "2026-12-01T00:00:00Z"},
			[]string{"2026-12-01T00:00:00Z 2026-11-01T00:00:00Z 2026-12-01T00:00:00Z", ""},
		},
		"once in the past has nothing to come": {
			calendarCase{kind: Once, zone: "UTC", start: "2026-11-01T00:00:00Z"},
			[]string{""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			cal := tc.calendar(t, created)
			runs := NextRuns(cal, at(t, created), len(tc.want))
			for i, want := range tc.want {
				if want == "" {
					require.Len(t, runs, i)
					continue
				}
				require.Greater(t, len(runs), i)
				r := runs[i]
				got := r.Fire.Format(time.RFC3339) + " " + r.Window.From.Format(time.RFC3339) + " " + r.Window.To.Format(time.RFC3339)
				require.Equal(t, want, got)
			}
		})
	}
}

// A start in the past moves down to a boundary; the windows from there are expected.
func TestStartInThePast(t *testing.T) {
	for name, tc := range map[string]struct {
		calendarCase
		from, first string
	}{
		"daily, between boundaries": {
			calendarCase{kind: Daily, at: "06:00", zone: "UTC", start: "2026-11-01T12:00:00Z"},
			"2026-11-01T06:00:00Z", "2026-11-02T06:00:00Z",
		},
		"daily, at a boundary": {
			calendarCase{kind: Daily, at: "06:00", zone: "UTC", start: "2026-11-01T06:00:00Z"},
			"2026-11-01T06:00:00Z", "2026-11-02T06:00:00Z",
		},
		"weekly": {
			calendarCase{kind: Weekly, at: "00:00", weekday: "sunday", zone: "Europe/Madrid", start: "2026-10-21T00:00:00Z"},
			"2026-10-17T22:00:00Z", "2026-10-24T22:00:00Z",
		},
		"interval begins at the start itself": {
			calendarCase{kind: Interval, every: "15m", zone: "UTC", start: "2026-11-01T12:07:00Z"},
			"2026-11-01T12:07:00Z", "2026-11-01T12:22:00Z",
		},
	} {
		t.Run(name, func(t *testing.T) {
			cal := tc.calendar(t, "2026-11-20T10:07:00Z")
			w, ok := cal.WindowOf(cal.First())
			require.True(t, ok)
			require.Equal(t, at(t, tc.from), w.From)
			require.Equal(t, at(t, tc.first), w.To)
		})
	}
}

// Days of 23 and 25 hours, the missing and the doubled hour.
func TestClockChanges(t *testing.T) {
	for name, tc := range map[string]struct {
		calendarCase
		day   string // any instant of the window
		from  string
		to    string
		fire  string
		hours float64
	}{
		"23 hours": {
			calendarCase{kind: Daily, at: "00:00", zone: "Europe/Madrid"},
			"2026-03-29T12:00:00Z",
			"2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-29T22:00:00Z", 23,
		},
		"25 hours, delay in the doubled hour fires at its first pass": {
			calendarCase{kind: Daily, at: "00:00", zone: "Europe/Madrid", delay: "2h30m"},
			"2026-10-24T12:00:00Z",
			"2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z", 24,
		},
		"the boundary in the doubled hour is its first pass": {
			calendarCase{kind: Daily, at: "02:30", zone: "Europe/Madrid"},
			"2026-10-25T12:00:00Z",
			"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "2026-10-26T01:30:00Z", 25,
		},
		"the boundary in the missing hour is its end": {
			calendarCase{kind: Daily, at: "02:30", zone: "Europe/Madrid"},
			"2026-03-28T12:00:00Z",
			"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z", 23.5,
		},
		"a delay after a missing boundary counts from the wanted time": {
			calendarCase{kind: Daily, at: "02:30", zone: "Europe/Madrid", delay: "1h"},
			"2026-03-28T12:00:00Z",
			"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", 23.5,
		},
		"a week with a missing midnight": {
			calendarCase{kind: Weekly, at: "00:00", weekday: "sunday", zone: "America/Santiago"},
			"2026-09-03T00:00:00Z",
			"2026-08-30T04:00:00Z", "2026-09-06T04:00:00Z", "2026-09-06T04:00:00Z", 168,
		},
		"an interval takes no notice": {
			calendarCase{kind: Interval, every: "12h", zone: "Europe/Madrid", start: "2026-01-01T00:00:00Z"},
			"2026-03-29T01:00:00Z",
			"2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z", "2026-03-29T12:00:00Z", 12,
		},
		"a day that a zone skipped belongs to one window": {
			calendarCase{kind: Daily, at: "00:00", zone: "Pacific/Apia", delay: "24h", start: "2011-12-01T00:00:00Z"},
			"2011-12-30T09:00:00Z",
			"2011-12-28T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z", 48,
		},
	} {
		t.Run(name, func(t *testing.T) {
			cal := tc.calendar(t, "2012-01-01T00:00:00Z")
			if tc.start == "" {
				cal = tc.calendar(t, "2026-01-01T00:00:00Z")
			}
			var w Window
			for b := range cal.Boundaries(at(t, tc.day), at(t, tc.day).AddDate(1, 0, 0)) {
				if w, _ = cal.WindowOf(b); w.Contains(at(t, tc.day)) {
					break
				}
			}
			require.Equal(t, at(t, tc.from), w.From)
			require.Equal(t, at(t, tc.to), w.To)
			require.Equal(t, at(t, tc.fire), cal.Fire(w.To))
			require.InDelta(t, tc.hours, w.Duration().Hours(), 0)
		})
	}
}

// A run that a person triggers, or the second pass of the doubled hour, gets the window
// that was due last: never a new one.
func TestWindowAtAnyTime(t *testing.T) {
	cal := calendarCase{kind: Daily, at: "02:30", zone: "America/New_York", delay: "1h", end: "2026-12-01T00:00:00Z"}.
		calendar(t, "2026-10-30T00:00:00Z")
	first := cal.Fire(cal.First())
	_, ok := cal.WindowAt(first.Add(-time.Second))
	require.False(t, ok, "nothing is due before the first fire")
	for b := range cal.Boundaries(cal.First(), at(t, "2027-01-01T00:00:00Z")) {
		due, _ := cal.WindowOf(b)
		for _, late := range []time.Duration{0, time.Second, time.Hour, 23 * time.Hour} {
			w, ok := cal.WindowAt(cal.Fire(b).Add(late))
			require.True(t, ok)
			require.Equal(t, due, w)
		}
	}
	last, ok := cal.Last()
	require.True(t, ok)
	w, ok := cal.WindowAt(at(t, "2030-01-01T00:00:00Z"))
	require.True(t, ok, "after the end the last window stays due")
	require.Equal(t, last, w.To)
}

func TestCalendarRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		calendarCase
		field string
	}{
		"no zone":                {calendarCase{kind: Daily, at: "06:00"}, "zone"},
		"no time of day":         {calendarCase{kind: Daily, zone: "UTC"}, "frequency.at"},
		"no weekday":             {calendarCase{kind: Weekly, at: "06:00", zone: "UTC"}, "frequency.weekday"},
		"no interval":            {calendarCase{kind: Interval, zone: "UTC"}, "frequency.every"},
		"no start of once":       {calendarCase{kind: Once, zone: "UTC"}, "start"},
		"once backwards":         {calendarCase{kind: Once, zone: "UTC", start: "2026-11-02T00:00:00Z", end: "2026-11-01T00:00:00Z"}, "end"},
		"no window before end":   {calendarCase{kind: Daily, at: "06:00", zone: "UTC", end: "2026-11-20T12:00:00Z"}, "end"},
		"range below one period": {calendarCase{kind: Weekly, at: "06:00", weekday: "monday", zone: "UTC", start: "2026-11-30T07:00:00Z", end: "2026-12-02T00:00:00Z"}, "end"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewCalendar(tc.spec(t), at(t, "2026-11-20T10:07:00Z"), 0)
			var e *fault.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, fault.InvalidSpec, e.Kind)
			require.Equal(t, tc.field, e.Field)
		})
	}
	_, err := NewCalendar(calendarCase{kind: Daily, at: "06:00", zone: "UTC"}.spec(t), at(t, "2026-11-20T10:07:00Z"), -time.Second)
	require.True(t, fault.Is(err, fault.InvalidSpec))
}

func TestBoundariesAreHalfOpen(t *testing.T) {
	cal := calendarCase{kind: Interval, every: "1h", zone: "UTC"}.calendar(t, "2026-11-20T10:07:00Z")
	got := slices.Collect(cal.Boundaries(at(t, "2026-11-20T12:00:00Z"), at(t, "2026-11-20T14:00:00Z")))
	require.Equal(t, []time.Time{at(t, "2026-11-20T12:00:00Z"), at(t, "2026-11-20T13:00:00Z")}, got)
	_, ok := cal.WindowOf(at(t, "2026-11-20T12:00:01Z"))
	require.False(t, ok)
	_, ok = cal.WindowOf(at(t, "2026-11-20T10:00:00Z"))
	require.False(t, ok, "before the first boundary")
}
