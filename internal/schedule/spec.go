package schedule

import (
	"time"

	"go.temporal.io/sdk/client"

	"transporter/internal/task"
)

// spec says when a task fires. Start and end are inclusive on the server.
func spec(t Task, now time.Time) client.ScheduleSpec {
	c, f := t.Calendar, t.Spec.Frequency
	first := c.Fire(c.First())
	if f.Kind == task.Once {
		if !first.After(now) {
			return client.ScheduleSpec{} // nothing fires
		}
		return client.ScheduleSpec{Calendars: []client.ScheduleCalendarSpec{moment(first, "the end of the window")}}
	}
	s := client.ScheduleSpec{StartAt: first, Jitter: jitter(t.Account)}
	if last, ok := c.Last(); ok {
		s.EndAt = c.Fire(last)
	}
	if f.Kind == task.Interval {
		every := time.Duration(f.Every)
		s.Intervals = []client.ScheduleIntervalSpec{{Every: every, Offset: sinceEpoch(first) % every}}
		return s
	}
	s.TimeZoneName = t.Spec.Zone
	s.Calendars = []client.ScheduleCalendarSpec{regular(c, f)}
	addExceptions(&s, c, now)
	return s
}

// regular is the wall clock of a daily or weekly task: its time moved by the delay, with
// the weekday carried along (Saturday 23:00 and six hours are Sunday 05:00).
func regular(c *task.Calendar, f task.Frequency) client.ScheduleCalendarSpec {
	wall := c.FireClock()
	e := client.ScheduleCalendarSpec{
		Hour:    one(wall.Hour()),
		Minute:  one(wall.Minute()),
		Second:  one(wall.Second()),
		Comment: "every day",
	}
	if f.Kind == task.Weekly {
		e.DayOfWeek, e.Comment = one(int(wall.Weekday())), "every week"
	}
	return e
}

// moment is a single second on the clock that t is given in.
func moment(t time.Time, comment string) client.ScheduleCalendarSpec {
	return client.ScheduleCalendarSpec{
		Year: one(t.Year()), Month: one(int(t.Month())), DayOfMonth: one(t.Day()),
		Hour: one(t.Hour()), Minute: one(t.Minute()), Second: one(t.Second()),
		Comment: comment,
	}
}

// one is the range of a single value. End and Step are as the server gives them back.
func one(v int) []client.ScheduleRange { return []client.ScheduleRange{{Start: v, End: v, Step: 1}} }

func sinceEpoch(t time.Time) time.Duration { return time.Duration(t.Unix()) * time.Second }
