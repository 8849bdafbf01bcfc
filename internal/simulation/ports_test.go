package simulation

import (
	"context"
	"slices"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/task"
)

// launcher is the server's side of runs: activities.Ended.
type launcher server

// Start implements activities.Launcher.
func (l *launcher) Start(_ context.Context, in contract.StartRun) error {
	s := (*server)(l)
	if before, known := s.runs[in.WorkflowID]; known && (before.ended.IsZero() || s.now.Sub(before.ended) < retention) {
		return fault.New(fault.Conflict, "run %s exists already", in.WorkflowID)
	}
	s.start(in.WorkflowID, in.Input, s.now, false)
	return nil
}

// Await implements activities.Launcher: a run that waits for something that is down goes on
// alone, as after the follower's patience.
func (l *launcher) Await(_ context.Context, workflowID string) (contract.RunResult, error) {
	e := (*server)(l).runs[workflowID]
	e.goOn()
	if e.ended.IsZero() {
		return contract.RunResult{Outcome: contract.OutcomeSkipped}, nil
	}
	return contract.RunResult{Outcome: e.outcome}, nil
}

// Open implements activities.Launcher. What has just begun is not in the list yet.
func (l *launcher) Open(_ context.Context, _, taskID string) (map[string]bool, error) {
	all := map[string]bool{}
	for id, e := range l.open {
		if e.in.Task == taskID && l.now.Sub(e.started) > time.Second {
			all[id] = true
		}
	}
	return all, nil
}

// EndedOutside implements activities.Ended.
func (l *launcher) EndedOutside(_ context.Context, _ string, since time.Time) (all []contract.EndedRun, err error) {
	for _, id := range sorted(l.runs) {
		e := l.runs[id]
		if e.terminated && e.ended.After(since) {
			if name, ok := contract.ParseRunID(id); ok {
				all = append(all, contract.EndedRun{RunName: name, RunID: e.runID(), Status: "terminated", Started: e.started, Ended: e.ended})
			}
		}
		if !e.ended.IsZero() && l.now.Sub(e.ended) > retention {
			delete(l.runs, id)
		}
	}
	return all, nil
}

// Working implements activities.Ended.
func (l *launcher) Working(context.Context, string) (all []contract.OpenRun, err error) {
	for _, id := range sorted(l.open) {
		if name, ok := contract.ParseRunID(id); ok {
			all = append(all, contract.OpenRun{RunName: name})
		}
	}
	return all, nil
}

// backfills is the server's side of backfills: activities.OpenBackfills.
type backfills server

// Start implements activities.Backfills.
func (f *backfills) Start(_ context.Context, in contract.BackfillIn) error {
	known := func(b *backfilling) bool { return b.in.Task == in.Task && b.in.ID == in.ID }
	if !slices.ContainsFunc(f.backfills, known) {
		in.Concurrency = 1 // one after the other, so that chance is the same in every run of the test
		f.backfills = append(f.backfills, &backfilling{world: f.world, in: in, started: f.now})
		f.after(0, (*server)(f).work)
	}
	return nil
}

// Stop implements activities.Backfills.
func (f *backfills) Stop(_ context.Context, _, taskID string) error {
	for _, b := range f.backfills {
		b.ended = b.ended || b.in.Task == taskID
	}
	return nil
}

// Running implements activities.OpenBackfills.
func (f *backfills) Running(_ context.Context, _, taskID string) (bool, error) {
	return slices.ContainsFunc(f.backfills, func(b *backfilling) bool { return !b.ended && b.in.Task == taskID }), nil
}

// calendarOf is the calendar of a task that was made or reset at the time.
func calendarOf(s task.Spec, created time.Time) (*task.Calendar, error) {
	def, err := report.Get(s.Report, s.Version)
	if err != nil {
		return nil, err
	}
	return task.NewCalendar(s, created, time.Duration(def.DefaultDelay))
}

func sorted[T any](things map[string]T) []string {
	ids := make([]string, 0, len(things))
	for id := range things {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
