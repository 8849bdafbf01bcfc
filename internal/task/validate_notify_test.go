package task

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

func TestAttention(t *testing.T) {
	daily := Frequency{Kind: Daily, At: "06:00"}
	for name, c := range map[string]struct {
		spec  Spec
		field string
	}{
		"nothing":              {Spec{Frequency: daily}, ""},
		"all of it":            {Spec{Frequency: daily, Expectation: NeverEmpty, Deadline: "07:00", Notify: &Notify{When: NotifyAlways, Emails: []string{"a@example.com"}}}, ""},
		"a duration":           {Spec{Frequency: Frequency{Kind: Interval, Every: Duration(time.Hour)}, Deadline: "45m"}, ""},
		"once":                 {Spec{Frequency: Frequency{Kind: Once}, Deadline: "36h"}, ""},
		"days of a week":       {Spec{Frequency: Frequency{Kind: Weekly, At: "06:00", Weekday: "monday"}, Deadline: "36h"}, ""},
		"a time for once":      {Spec{Frequency: Frequency{Kind: Once}, Deadline: "07:00"}, "deadline"},
		"an interval later":    {Spec{Frequency: Frequency{Kind: Interval, Every: Duration(15 * time.Minute)}, Deadline: "15m"}, "deadline"},
		"a day later":          {Spec{Frequency: daily, Deadline: "24h"}, "deadline"},
		"a negative duration":  {Spec{Frequency: daily, Deadline: "-5m"}, "deadline"},
		"unknown expectation":  {Spec{Frequency: daily, Expectation: "sometimes"}, "expectation"},
		"unknown choice":       {Spec{Frequency: daily, Notify: &Notify{When: "maybe"}}, "notify.when"},
		"no address":           {Spec{Frequency: daily, Notify: &Notify{Emails: []string{"a@example.com", "not an address"}}}, "notify.emails[1]"},
		"an address with name": {Spec{Frequency: daily, Notify: &Notify{Emails: []string{"WFM <a@example.com>"}}}, "notify.emails[0]"},
		"no time":              {Spec{Frequency: daily, Deadline: "banana"}, "deadline"},
		"a time for intervals": {Spec{Frequency: Frequency{Kind: Interval}, Deadline: "07:00"}, "deadline"},
		"nothing to wait for":  {Spec{Frequency: daily, Deadline: "0"}, "deadline"},
	} {
		t.Run(name, func(t *testing.T) {
			var p problems
			c.spec.checkAttention(&p)
			if c.field == "" {
				require.Empty(t, p)
				return
			}
			require.Len(t, p, 1)
			var f *fault.Error
			require.ErrorAs(t, p[0], &f)
			require.Equal(t, c.field, f.Field)
			require.NotEmpty(t, f.Fix)
		})
	}
}

func TestDeadlineDelay(t *testing.T) {
	for name, c := range map[string]struct {
		at, deadline string
		delay, want  time.Duration
	}{
		"an hour after":       {"06:00", "07:00", 0, time.Hour},
		"after the delay":     {"00:00", "07:00", 6 * time.Hour, 7 * time.Hour},
		"the next morning":    {"20:00", "07:00", 0, 11 * time.Hour},
		"delay past midnight": {"20:00", "07:00", 6 * time.Hour, 11 * time.Hour},
		"at once":             {"06:00", "06:00", 0, 0},
		"a duration":          {"06:00", "45m", time.Hour, time.Hour + 45*time.Minute},
		"the day after that":  {"06:00", "07:00", 2 * time.Hour, 25 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := Spec{Frequency: Frequency{Kind: Daily, At: c.at}, Deadline: c.deadline}.DeadlineDelay(c.delay)
			require.True(t, ok)
			require.Equal(t, c.want, got)
		})
	}
	_, ok := Spec{}.DeadlineDelay(0)
	require.False(t, ok)
}
