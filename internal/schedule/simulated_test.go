package schedule_test

import (
	"iter"
	"slices"
	"time"

	"go.temporal.io/sdk/client"

	"transporter/internal/schedule"
	"transporter/internal/task"
)

// An evaluator makes of a calendar entry the function that finds the first time after one.
type evaluator func(calendar) func(after time.Time) time.Time

// simulated returns when the server fires a schedule, after < time ≤ until and before any
// jitter, as CompiledSpec.GetNextTime of service/worker/scheduler/spec.go of
// go.temporal.io/server v1.29.1 (MIT licence) finds it.
func simulated(spec client.ScheduleSpec, evaluate evaluator, after, until time.Time) iter.Seq[time.Time] {
	zone, err := task.Zone(spec.TimeZoneName)
	if spec.TimeZoneName == "" {
		zone, err = time.UTC, nil
	}
	if err != nil {
		panic(err) // the test is wrong
	}
	var next []func(time.Time) time.Time
	for _, c := range spec.Calendars {
		next = append(next, evaluate(compile(c, zone)))
	}
	for _, i := range spec.Intervals {
		next = append(next, every(i))
	}
	var skip []calendar
	for _, c := range spec.Skip {
		skip = append(skip, compile(c, zone))
	}
	if begin := spec.StartAt.Add(-time.Second); !spec.StartAt.IsZero() && after.Before(begin) {
		after = begin
	}
	if !spec.EndAt.IsZero() && spec.EndAt.Before(until) {
		until = spec.EndAt
	}
	return func(yield func(time.Time) bool) {
		for at := earliest(next, after); !at.IsZero() && !at.After(until); at = earliest(next, at) {
			if !slices.ContainsFunc(skip, func(c calendar) bool { return c.matches(at) }) && !yield(at) {
				return
			}
		}
	}
}

func earliest(next []func(time.Time) time.Time, after time.Time) (first time.Time) {
	for _, n := range next {
		if at := n(after); !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first.UTC()
}

// every fires at epoch + n·Every + Offset.
func every(i client.ScheduleIntervalSpec) func(time.Time) time.Time {
	length, offset := int64(i.Every/time.Second), int64(i.Offset/time.Second)
	return func(after time.Time) time.Time {
		return time.Unix(((after.Unix()-offset)/length+1)*length+offset, 0)
	}
}

// firesOf returns the fires of a task on a clock that goes from one time to another: its
// schedule is written at first and again whenever maintenance has to, at the latest when the
// years of its exceptions are over.
func firesOf(tk schedule.Task, evaluate evaluator, from, until time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		for written := from; written.Before(until); {
			rewritten := time.Date(written.Year()+schedule.ExceptionYears+1, time.January, 1, 0, 0, 0, 0, time.UTC)
			if rewritten.After(until) {
				rewritten = until
			}
			for at := range simulated(schedule.Options(tk, written).Spec, evaluate, written, rewritten) {
				if !yield(at) {
					return
				}
			}
			written = rewritten
		}
	}
}
