package temporalx

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"transporter/internal/contract"
	"transporter/internal/schedule"
	"transporter/internal/task"
)

// Standing compares the task's schedule with what Apply would write now.
func (s *Scheduler) Standing(ctx context.Context, in contract.TaskApplyIn, created time.Time) (contract.ScheduleStanding, error) {
	var out contract.ScheduleStanding
	t, err := s.task(in, created)
	if err != nil {
		return out, err
	}
	options := schedule.Options(t, s.now())
	d, err := s.schedules.GetHandle(ctx, options.ID).Describe(ctx)
	if missing := new(serviceerror.NotFound); errors.As(err, &missing) {
		out.Missing = true
		return out, nil
	}
	if err != nil {
		return out, wrap("describe the schedule of task "+in.Task.ID, err)
	}
	parts, err := schedule.Differences(d, options, s.data)
	if err != nil {
		return out, err
	}
	if fired, err := s.fired(d, t); fired || err != nil {
		out.Stale = fired
		return out, err
	}
	out.Paused, out.Note, out.Changed = d.Schedule.State.Paused, d.Schedule.State.Note, changed(d.Info)
	for _, part := range parts {
		switch part {
		case schedule.PartState:
			out.State = out.Paused != options.Paused
		case schedule.PartExceptions, schedule.PartText, schedule.PartZones:
			out.Stale = true
		default:
			out.Edited = true
		}
	}
	watched, err := s.watched(ctx, t, created)
	out.Stale = out.Stale || !watched
	return out, err
}

// fired reports whether the schedule is that of a single window as it was written before it was due, which it
// is by now: nobody has edited it.
func (s *Scheduler) fired(d *client.ScheduleDescription, t schedule.Task) (bool, error) {
	due := t.Calendar.Fire(t.Calendar.First())
	if t.Spec.Frequency.Kind != task.Once || due.After(s.now()) {
		return false, nil
	}
	parts, err := schedule.Differences(d, schedule.Options(t, due.Add(-time.Second)), s.data)
	return len(parts) == 0, err
}

// changed returns the earliest moment at which a pause, or its end, may have been made. The
// server does not tell: a pause is no update to it. But what it has started, it started
// before a pause, so that no such window may be taken for one of the pause.
func changed(i client.ScheduleInfo) time.Time {
	at := i.CreatedAt
	if i.LastUpdateAt.After(at) {
		at = i.LastUpdateAt
	}
	for _, a := range i.RecentActions {
		if a.ActualTime.After(at) {
			at = a.ActualTime
		}
	}
	return at
}

// watched reports whether the schedule of the task's deadline is as it should be; a task
// without one needs none.
func (s *Scheduler) watched(ctx context.Context, t schedule.Task, created time.Time) (bool, error) {
	options, ok, err := schedule.DeadlineOptions(t, created, s.now())
	if err != nil || !ok {
		return true, err
	}
	d, err := s.schedules.GetHandle(ctx, options.ID).Describe(ctx)
	if missing := new(serviceerror.NotFound); errors.As(err, &missing) {
		return options.Paused, nil // the server removes one that has no deadline to come
	}
	if err != nil {
		return false, wrap("describe the deadline of task "+t.ID, err)
	}
	parts, err := schedule.Differences(d, options, s.data)
	return len(parts) == 0, err
}

// Tasks returns the ids of the account's tasks that have a schedule, as the server lists
// them: a moment late.
func (s *Scheduler) Tasks(ctx context.Context, accountID string) ([]string, error) {
	list, err := s.schedules.List(ctx, client.ScheduleListOptions{
		PageSize: openPage, Query: fmt.Sprintf("%s = '%s'", contract.AttrAccount, accountID),
	})
	if err != nil {
		return nil, wrap("list schedules", err)
	}
	var ids []string
	prefix := contract.ScheduleID(accountID, "")
	for list.HasNext() {
		entry, err := list.Next()
		if err != nil {
			return nil, wrap("list schedules", err)
		}
		if id, ok := strings.CutPrefix(entry.ID, prefix); ok {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
