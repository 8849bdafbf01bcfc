package schedule

import (
	"slices"
	"time"

	"go.temporal.io/sdk/client"

	"transporter/internal/task"
)

// ExceptionYears is how far ahead the days of clock changes are written out. Maintenance
// rewrites schedules once a year, which moves it on.
const ExceptionYears = 2

// The server matches a calendar entry with the literal wall clock, and near a change of
// the clock it errs (github.com/temporalio/temporal#8205, seen on 1.29.1): a time in the
// missing hour of spring never fires; where midnight is missing, that date passes for the
// one before it; east of Greenwich autumn's doubled hour fires at its second pass only,
// and the hour before it fires again an hour late. So such fires are named one by one,
// and what would be wrong is skipped by name. Both do no harm where a server gets it
// right: times are a union, and no fire of the calendar is ever skipped. The second pass
// of a doubled hour has the same name as the first and may fire too.
func addExceptions(s *client.ScheduleSpec, c *task.Calendar, now time.Time) {
	from, to := exceptionRange(now)
	usual := c.FireClock()
	for _, change := range c.Transitions(from, to) {
		comment := "clock change of " + change.At.In(c.Zone()).Format(time.DateOnly)
		fires := firesNear(c, change)
		for _, fire := range fires {
			local := fire.In(c.Zone())
			switch {
			case firstPass(fire, change):
				s.Intervals = append(s.Intervals, single(fire))
			case !sameClock(local, usual) || missesMidnight(change, c.Zone()) && sameDate(local, change.At.In(c.Zone())):
				s.Calendars = append(s.Calendars, moment(local, comment))
			}
			for _, wrong := range lateAgain(fire, change) {
				if local := wrong.In(c.Zone()); !sameClock(local, usual) {
					s.Skip = append(s.Skip, moment(local, comment))
				}
			}
		}
		if wrong := onDateOf(change, c.Zone(), usual); missesMidnight(change, c.Zone()) && !slices.ContainsFunc(fires, wrong.Equal) {
			s.Skip = append(s.Skip, moment(wrong.In(c.Zone()), comment))
		}
	}
}

// firesNear returns the calendar's fires less than a day from a change.
func firesNear(c *task.Calendar, change task.Transition) []time.Time {
	const day = 24 * time.Hour
	var fires []time.Time
	for b := range c.Boundaries(change.At.Add(-2*day-c.Delay()), change.At.Add(day)) {
		if fire := c.Fire(b); fire.Sub(change.At).Abs() < day {
			fires = append(fires, fire)
		}
	}
	return fires
}

// firstPass reports whether a fire lies in the first pass of a doubled hour, which a wall
// clock cannot name.
func firstPass(fire time.Time, change task.Transition) bool {
	doubled := change.Before - change.After
	return doubled > 0 && fire.Before(change.At) && !fire.Before(change.At.Add(-doubled))
}

// single is an interval that fires at one moment: as long as from the epoch to it, it
// next fires that much later, after 2080, and then finds nothing new to do.
func single(t time.Time) client.ScheduleIntervalSpec {
	return client.ScheduleIntervalSpec{Every: sinceEpoch(t)}
}

// lateAgain returns when the server would wrongly fire a second time: an hour after
// either pass of a fire that is less than an hour before a doubled hour or in it.
func lateAgain(fire time.Time, change task.Transition) []time.Time {
	doubled := change.Before - change.After
	if doubled <= 0 || !fire.Before(change.At) || fire.Before(change.At.Add(-doubled-time.Hour)) {
		return nil
	}
	return []time.Time{fire.Add(time.Hour), fire.Add(doubled + time.Hour)}
}

// missesMidnight reports whether the date that begins with a change has no 00:00.
func missesMidnight(change task.Transition, zone *time.Location) bool {
	return !sameDate(change.At.In(zone), change.At.Add(-time.Second).In(zone)) &&
		change.At.In(zone).Format(time.TimeOnly) != "00:00:00"
}

// onDateOf returns the usual time of the date of a change.
func onDateOf(change task.Transition, zone *time.Location, usual time.Time) time.Time {
	return change.At.Add(clockOf(usual) - clockOf(change.At.In(zone)))
}

func clockOf(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
}

func sameClock(a, b time.Time) bool { return clockOf(a) == clockOf(b) }

func sameDate(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }

// exceptionRange is whole calendar years, at least two ahead, so that the same task has
// the same schedule all year.
func exceptionRange(now time.Time) (from, to time.Time) {
	year := now.UTC().Year()
	return time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC),
		time.Date(year+ExceptionYears+1, time.January, 1, 0, 0, 0, 0, time.UTC)
}
