package simulation

import (
	"context"
	"slices"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

const (
	// retention is how long the server knows of a run that has ended, and refuses its name.
	retention = 30 * 24 * time.Hour
	// jitter is the longest time by which a start comes after its nominal time.
	jitter = time.Minute
)

// server is the Temporal server as far as the product can tell it from the real one: what
// it missed while it was down it starts when it is back, each with its nominal time; what
// fell due during a pause it never starts; automatic starts are refused for a name that it
// knows, starts by hand only while the run is open; now and then it loses a start.
type server struct {
	*world
	schedules map[string]*scheduled // by task
	runs      map[string]*execution // the newest of a workflow ID
	open      map[string]*execution
	backfills []*backfilling
	lastRun   int
	shaky     bool // writes of schedules fail
}

// scheduled is the schedule of a task.
type scheduled struct {
	task           account.Task
	calendar       *task.Calendar
	paused, edited bool
	note           string
	changed        time.Time // written last; a pause is no write to the server
	begun          time.Time // the last start
	through        time.Time // fires up to it are dealt with
}

func newServer(w *world) *server {
	return &server{world: w, schedules: map[string]*scheduled{}, runs: map[string]*execution{}, open: map[string]*execution{}}
}

// nextFire is when a schedule fires next, or should have while the server was down.
func (s *server) nextFire() (first time.Time, any bool) {
	if !s.up(partServer) {
		return first, false
	}
	for _, id := range sorted(s.schedules) {
		if at, ok := s.schedules[id].next(); ok && (!any || at.Before(first)) {
			first, any = at, true
		}
	}
	return first, any
}

func (p *scheduled) next() (time.Time, bool) {
	b, ok := p.calendar.Next(p.through)
	if !ok || p.paused {
		return time.Time{}, false
	}
	return p.calendar.Fire(b), true
}

// fire starts what is due.
func (s *server) fire() {
	for _, id := range sorted(s.schedules) {
		p := s.schedules[id]
		for at, ok := p.next(); ok && !at.After(s.now); at, ok = p.next() {
			p.through = at
			changed, name := p.changed, contract.RunID(acme, id, p.task.Generation, at, 0, 1)
			in := contract.RunInput{Account: acme, Task: id, Generation: p.task.Generation}
			s.after(s.within(jitter), func() {
				now, there := s.schedules[id]
				gone := !there || now.paused || !now.changed.Equal(changed) && s.chance(500)
				if gone || s.chance(5) {
					s.note("starts that the server lost")
					return
				}
				now.begun = s.now
				s.start(name, in, at, false)
			})
		}
	}
}

// start begins a run unless its name is taken, and lets the worker have it.
func (s *server) start(id string, in contract.RunInput, nominal time.Time, byHand bool) bool {
	if before, known := s.runs[id]; known && (before.ended.IsZero() || !byHand && s.now.Sub(before.ended) < retention) {
		return false
	}
	s.lastRun++
	e := &execution{world: s.world, id: id, number: s.lastRun, in: in, nominal: nominal, started: s.now}
	s.runs[id], s.open[id] = e, e
	s.after(0, s.work)
	return true
}

// work lets the worker do what is open.
func (s *server) work() {
	if !s.up(partServer, partWorker) {
		return
	}
	for _, id := range sorted(s.open) {
		if e := s.open[id]; e != nil && !e.waits() {
			e.goOn()
		}
	}
	for _, b := range slices.Clone(s.backfills) {
		b.goOn()
	}
	s.backfills = slices.DeleteFunc(s.backfills, func(b *backfilling) bool { return b.ended && s.now.Sub(b.started) > retention })
}

var errShaky = fault.New(fault.Upstream, "the server does not answer")

// Apply implements activities.Scheduler.
func (s *server) Apply(_ context.Context, in contract.TaskApplyIn, created time.Time) error {
	if s.shaky {
		return errShaky
	}
	calendar, err := calendarOf(in.Task.Spec, created)
	if err != nil {
		return err
	}
	// Whatever was due before a write and not started yet is not started any more.
	s.schedules[in.Task.ID] = &scheduled{
		task: in.Task, calendar: calendar, paused: in.Task.State != account.TaskEnabled, note: in.Note, changed: s.now, through: s.now,
	}
	return nil
}

// Remove implements activities.Scheduler.
func (s *server) Remove(_ context.Context, _, taskID string) error {
	delete(s.schedules, taskID)
	return nil
}

// Finish implements activities.Schedules; no task here comes to its end.
func (s *server) Finish(context.Context, string, string, string) error { return nil }

// Standing implements activities.Standings.
func (s *server) Standing(_ context.Context, in contract.TaskApplyIn, _ time.Time) (out contract.ScheduleStanding, err error) {
	p, there := s.schedules[in.Task.ID]
	if !there {
		return contract.ScheduleStanding{Missing: true}, nil
	}
	return contract.ScheduleStanding{
		Paused: p.paused, Note: p.note, Changed: latest(p.changed, p.begun), State: p.paused != (in.Task.State != account.TaskEnabled), Edited: p.edited,
	}, nil
}

// Tasks implements activities.Standings.
func (s *server) Tasks(context.Context, string) ([]string, error) { return sorted(s.schedules), nil }

// Closed implements activities.Executions.
func (s *server) Closed(_ context.Context, workflowID string) (bool, error) {
	return s.open[workflowID] == nil, nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Attempts implements activities.Executions; no step is tried twice here.
func (s *server) Attempts(context.Context, string, string) (map[contract.StepKey]int, error) {
	return nil, nil
}
