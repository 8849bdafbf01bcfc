package schedule

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/task"
)

// DeadlineCalendar is the calendar of a task whose fires are the deadlines of its windows:
// the same boundaries with a longer delay, so that gaps and doubled hours are met alike. It
// may begin earlier than the task's, which has no run before its creation. ok is false for a
// task without a deadline.
func DeadlineCalendar(s task.Spec, delay time.Duration, created time.Time) (c *task.Calendar, ok bool, err error) {
	after, ok := s.DeadlineDelay(delay)
	if !ok {
		return nil, false, nil
	}
	s.Delay = (*task.Duration)(&after)
	c, err = task.NewCalendar(s, created, 0)
	return c, err == nil, err
}

// DeadlineOf returns when the window of a boundary is late, given the calendars of its runs
// and deadlines. A deadline's fire falls together with its run's where the clock skips the
// time between them; then, and for durations, the run is given the time it has on other days.
func DeadlineOf(s task.Spec, runs, deadlines *task.Calendar, b time.Time) time.Time {
	fire, due := runs.Fire(b), deadlines.Fire(b)
	least := fire.Add(deadlines.Delay() - runs.Delay())
	_, err := task.ParseDuration(s.Deadline)
	if least.After(due) && (err == nil || !due.After(fire)) {
		return least
	}
	return due
}

// DeadlineOptions returns the schedule that fires at every deadline of the task and starts
// the workflow Deadline, whether or not anything runs; ok is false for a task without one.
// It goes beside that of Options, of which it is a copy but for the time and what it starts.
func DeadlineOptions(t Task, created, now time.Time) (o client.ScheduleOptions, ok bool, err error) {
	deadlines, ok, err := DeadlineCalendar(t.Spec, t.Calendar.Delay(), created)
	if !ok {
		return o, false, err
	}
	details := Details(t) // of the task, not of its deadlines
	t.Calendar = deadlines
	o = Options(t, now)
	o.ID = contract.DeadlineID(t.Account, t.ID)
	o.Note = fmt.Sprintf("%s, delivered by %s: %s", t.Title, t.Spec.Deadline, t.Note)
	o.Action = &client.ScheduleWorkflowAction{
		ID:                    o.ID,
		Workflow:              contract.WorkflowDeadline,
		Args:                  []any{contract.DeadlineIn{Account: t.Account, Task: t.ID}},
		TaskQueue:             contract.QueueWorkflows,
		TypedSearchAttributes: attributes(t),
		StaticSummary:         "delivered by " + t.Spec.Deadline + "? " + Summary(t),
		StaticDetails:         details,
		Priority:              temporal.Priority{PriorityKey: priority, FairnessKey: t.Account},
	}
	return o, true, nil
}
