package temporalx

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/schedule"
	"transporter/internal/task"
)

// DescribeReport returns the title of a task's report and the delay of a task that names
// none.
type DescribeReport func(task.Spec) (title string, delay time.Duration, err error)

// Scheduler keeps the schedules of tasks in the server.
type Scheduler struct {
	schedules client.ScheduleClient
	describe  DescribeReport
	data      converter.DataConverter
	now       func() time.Time
}

// NewScheduler returns a scheduler over the client, whose converter data is.
func NewScheduler(c client.ScheduleClient, data converter.DataConverter, describe DescribeReport, now func() time.Time) *Scheduler {
	return &Scheduler{schedules: c, data: data, describe: describe, now: now}
}

// Apply creates the task's schedule, and that of its deadline if it has one, or rewrites the
// whole of them; created is when the task was made. What the server does not accept is fault.InvalidSpec. Idempotent.
func (s *Scheduler) Apply(ctx context.Context, in contract.TaskApplyIn, created time.Time) error {
	t, err := s.task(in, created)
	if err != nil {
		return err
	}
	if err := s.put(ctx, in.Task.ID, schedule.Options(t, s.now())); err != nil {
		return err
	}
	deadline, ok, err := schedule.DeadlineOptions(t, created, s.now())
	if err != nil {
		return err
	}
	if !ok {
		return s.remove(ctx, in.Task.ID, contract.DeadlineID(in.Account, in.Task.ID))
	}
	return s.put(ctx, in.Task.ID, deadline)
}

// put creates a schedule or rewrites the whole of it.
func (s *Scheduler) put(ctx context.Context, taskID string, o client.ScheduleOptions) error {
	_, err := s.schedules.Create(ctx, o)
	if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		err = s.schedules.GetHandle(ctx, o.ID).Update(ctx, client.ScheduleUpdateOptions{DoUpdate: schedule.Update(o)})
	}
	if refused := new(serviceerror.InvalidArgument); errors.As(err, &refused) {
		return fault.New(fault.InvalidSpec, "schedule of task %s: %w", taskID, err)
	}
	return wrap("schedule task "+taskID, err)
}

// task is what the schedules of a task are made of.
func (s *Scheduler) task(in contract.TaskApplyIn, created time.Time) (schedule.Task, error) {
	title, delay, err := s.describe(in.Task.Spec)
	if err != nil {
		return schedule.Task{}, err
	}
	calendar, err := task.NewCalendar(in.Task.Spec, created, delay)
	if err != nil {
		return schedule.Task{}, err
	}
	return schedule.Task{
		Account: in.Account, ID: in.Task.ID, Generation: in.Task.Generation, Spec: in.Task.Spec,
		Calendar: calendar, Title: title, Legs: in.Legs, Paused: in.Task.State != account.TaskEnabled, Note: in.Note,
	}, nil
}

// Finish pauses the task's schedule and adds the note to its own: the server removes a
// schedule that is done and not paused after a week. One that is paused, missing or has runs
// to come is left alone. Idempotent.
func (s *Scheduler) Finish(ctx context.Context, accountID, taskID, note string) error {
	handle := s.schedules.GetHandle(ctx, contract.ScheduleID(accountID, taskID))
	d, err := handle.Describe(ctx)
	if missing := new(serviceerror.NotFound); errors.As(err, &missing) {
		return nil
	}
	if err == nil && !d.Schedule.State.Paused && len(d.Info.NextActionTimes) == 0 {
		err = handle.Pause(ctx, client.SchedulePauseOptions{Note: d.Schedule.State.Note + "; " + note})
	}
	return wrap("pause the finished task "+taskID, err)
}

// Remove deletes the task's schedules, that of its deadline first; a missing one is no error.
func (s *Scheduler) Remove(ctx context.Context, accountID, taskID string) error {
	if err := s.remove(ctx, taskID, contract.DeadlineID(accountID, taskID)); err != nil {
		return err
	}
	return s.remove(ctx, taskID, contract.ScheduleID(accountID, taskID))
}

func (s *Scheduler) remove(ctx context.Context, taskID, id string) error {
	err := s.schedules.GetHandle(ctx, id).Delete(ctx)
	if missing := new(serviceerror.NotFound); errors.As(err, &missing) {
		return nil
	}
	return wrap("delete a schedule of task "+taskID, err)
}
