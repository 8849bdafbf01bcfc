package httpapi

import (
	"context"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

// RunRequest is what people send to run a task now.
type RunRequest struct {
	Window *WindowView `json:"window,omitempty" doc:"The period to deliver; absent: the last one that is due."`
}

// InRunTask runs a task.
type InRunTask struct {
	InThing
	Creation
	Body *RunRequest
}

// Started names a run that was started.
type Started struct {
	Run    string     `json:"run" doc:"The run's id." example:"01JD40K7M5Q3ZB1A9C8E7G6J4K.g1.20261120T060000Z"`
	Window WindowView `json:"window"`
	UI     string     `json:"ui" doc:"The run in the Temporal UI."`
}

func (s *Server) runTask(ctx context.Context, in *InRunTask) (*Item[Started], error) {
	t, err := tasks.find(ctx, s, in.InThing)
	if err != nil {
		return nil, err
	}
	var asked *WindowView
	if in.Body != nil {
		asked = in.Body.Window
	}
	due, err := s.dueWindow(t, asked)
	if err != nil {
		return nil, err
	}
	name := runName{Task: t.ID, Generation: t.Generation, Fire: due.Fire, Attempt: 1}
	err = s.start(ctx, in.Account, t, name, due.Window, contract.TriggerManual)
	if fault.Is(err, fault.Conflict) && in.IdempotencyKey != "" {
		err = nil // the repeat of a request that was heard
	}
	if err != nil {
		return nil, err
	}
	return s.started(in.Account, name, due.Window), nil
}

func (s *Server) started(accountID string, name runName, w task.Window) *Item[Started] {
	return &Item[Started]{
		Location: "/v1/accounts/" + accountID + "/runs/" + name.String(),
		Body: Started{
			Run: name.String(), Window: WindowView{w.From, w.To},
			UI: s.cfg.Runs.Link(name.workflowID(accountID), ""),
		},
	}
}

// start begins one run of a task.
func (s *Server) start(ctx context.Context, accountID string, t account.Task, name runName, w task.Window, trigger string) error {
	return s.startAs(ctx, accountID, t, name, w, contract.RunInput{Trigger: trigger})
}

// startAs begins one run of a task; of how, only what is not in the name and window counts.
func (s *Server) startAs(ctx context.Context, accountID string, t account.Task, name runName, w task.Window, how contract.RunInput) error {
	def, err := definitionOf(t.Spec)
	if err != nil {
		return err
	}
	zone, err := task.Zone(t.Spec.Zone)
	if err != nil {
		return err
	}
	from, to := w.Span()
	in := contract.StartRun{
		WorkflowID: name.workflowID(accountID), Report: def.Ref(), WindowEnd: w.To,
		Summary: t.Description + ": " + def.Title + ", " + w.Text(zone),
		Input: contract.RunInput{
			Account: accountID, Task: t.ID, Generation: name.Generation,
			Window: &contract.Span{From: from, To: to}, Revision: name.Revision, Attempt: name.Attempt, Trigger: how.Trigger,
			Redeliver: how.Redeliver, Accept: how.Accept,
		},
	}
	for _, leg := range t.Spec.Destinations {
		in.Legs = append(in.Legs, leg.Destination)
	}
	return s.cfg.Runs.Start(ctx, in)
}

// dueWindow returns the asked window with the time that names its run, or the last window
// that is due.
func (s *Server) dueWindow(t account.Task, asked *WindowView) (task.PreviewRun, error) {
	def, err := definitionOf(t.Spec)
	if err != nil {
		return task.PreviewRun{}, err
	}
	cal, err := calendarOf(t.Spec, def, t.Begun())
	if err != nil {
		return task.PreviewRun{}, err
	}
	now := s.cfg.Now()
	if asked != nil {
		return askedWindow(cal, task.Window{From: asked.From.UTC(), To: asked.To.UTC()}, now)
	}
	w, ok := cal.WindowAt(now)
	if !ok {
		return task.PreviewRun{}, fault.New(fault.InvalidSpec, "no window of this task is due before %s",
			cal.Fire(cal.First()).In(cal.Zone()).Format(time.RFC3339)).WithField("window").
			WithFix(`wait until then, or give a period of the past: {"window": {"from": …, "to": …}}`)
	}
	return task.PreviewRun{Fire: cal.Fire(w.To), Window: w}, nil
}

// askedWindow accepts a period of the past that cannot take the place of a scheduled one:
// the run's name is made of the fire time, and a scheduled fire whose name exists is
// dropped by Temporal.
func askedWindow(cal *task.Calendar, w task.Window, now time.Time) (task.PreviewRun, error) {
	bad := func(field, format string, args ...any) (task.PreviewRun, error) {
		return task.PreviewRun{}, fault.New(fault.InvalidSpec, format, args...).WithField("window." + field)
	}
	switch {
	case !w.To.After(w.From):
		return bad("to", "it is not after from")
	case w.To.After(now):
		return bad("to", "the period is not over yet: it is %s now", now.UTC().Format(time.RFC3339))
	case w.From.Nanosecond() != 0 || w.To.Nanosecond() != 0:
		return bad("from", "a window begins and ends at whole seconds")
	}
	if own, ok := cal.WindowOf(w.To); ok {
		if !own.From.Equal(w.From) {
			return bad("from", "the task's own window that ends then begins at %s: ask for that, or for another end",
				own.From.Format(time.RFC3339))
		}
		return task.PreviewRun{Fire: cal.Fire(w.To), Window: w}, nil
	}
	fire := w.To.Add(cal.Delay())
	if own, ok := cal.WindowAt(fire); ok && cal.Fire(own.To).Equal(fire) {
		return bad("to", "a run of the task's own window %s bears the same name: ask for an end a second earlier", own.Text(cal.Zone()))
	}
	return task.PreviewRun{Fire: fire, Window: w}, nil
}

// startPastOnce starts the run of a once task whose window is over: its schedule has no
// time to come. A repeated creation finds the run there.
func startPastOnce(ctx context.Context, s *Server, accountID string, t account.Task) error {
	if t.Spec.Frequency.Kind != task.Once || t.State == account.TaskDisabled {
		return nil
	}
	due, err := s.dueWindow(t, nil)
	if fault.Is(err, fault.InvalidSpec) { // to come: the schedule's
		return nil
	}
	if err != nil {
		return err
	}
	name := runName{Task: t.ID, Generation: t.Generation, Fire: due.Fire, Attempt: 1}
	err = s.start(ctx, accountID, t, name, due.Window, contract.TriggerManual)
	switch {
	case err == nil, fault.Is(err, fault.Conflict):
		return nil
	}
	return fault.New(fault.KindOf(err), "the task %s is made but its run could not be started: %w", t.ID, err).
		WithFix("POST /v1/accounts/%s/tasks/%s/run starts it", accountID, t.ID)
}
