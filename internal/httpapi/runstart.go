package httpapi

import (
	"context"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/fault"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

// RunRequest is what people send to run a task now.
type RunRequest struct {
	Window *WindowView `json:"window,omitempty" doc:"The period to deliver; absent: the last one that is due."`
	Rerun  bool        `json:"rerun,omitempty" doc:"Deliver a window that is delivered already once more, as its next revision: new files beside the first."`
	Revise bool        `json:"revise,omitempty" doc:"Look again at a delivered window for what the source has changed since: that is delivered as the next revision, as the task's revisions say, and nothing if nothing has changed."`
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
	var body RunRequest
	if in.Body != nil {
		body = *in.Body
	}
	due, err := s.dueWindow(ctx, in.Account, t, body.Window)
	if err != nil {
		return nil, err
	}
	name := runName{Task: t.ID, Generation: due.Generation, Fire: due.Fire, Attempt: 1}
	how := contract.RunInput{Trigger: contract.TriggerManual}
	if body.Rerun || body.Revise {
		if err := s.nextRevision(ctx, in.Account, t.ID, due, &name); err != nil {
			return nil, err
		}
	}
	if body.Revise {
		if how.Look, err = s.looks(t, body, name); err != nil {
			return nil, err
		}
	}
	err = s.startAs(ctx, in.Account, t, name, due.Window, how)
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
			Redeliver: how.Redeliver, Accept: how.Accept, Look: how.Look,
		},
	}
	for _, leg := range t.Spec.Destinations {
		in.Legs = append(in.Legs, leg.Destination)
	}
	return s.cfg.Runs.Start(ctx, in)
}

// looks is the moment at which a window is looked at again; name says how it was delivered.
func (s *Server) looks(t account.Task, body RunRequest, name runName) (time.Time, error) {
	bad := func(text, fix string) (time.Time, error) {
		return time.Time{}, fault.New(fault.InvalidSpec, "%s", text).WithField("revise").WithFix("%s", fix)
	}
	switch {
	case body.Rerun:
		return bad("it goes with rerun as little as looking goes with delivering all", "ask for one of them")
	case !t.Spec.Revisions.On():
		return bad("the task delivers no revisions", "choose full or changes for revisions.mode of the task, or ask for rerun")
	case name.Revision == 0:
		return bad("the window was not delivered on the schedule of the task: there is nothing to revise", "run it; a period that was run by hand has no revisions")
	}
	return s.cfg.Now().UTC().Truncate(time.Second), nil
}

// nextRevision names the run of the revision after the newest delivery of the window; that of
// the first if it is not delivered.
func (s *Server) nextRevision(ctx context.Context, accountID, taskID string, d timeline.Window, name *runName) error {
	lines, err := s.lines(ctx, accountID, taskID, d.To.Add(-time.Second), d.To)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if l.Generation == d.Generation && l.To.Equal(d.To) && !l.At.IsZero() {
			name.Revision, name.Attempt = l.Revision+1, l.Looked+1
		}
	}
	return nil
}

// dueWindow returns the asked window with the time and the generation that name its run, or
// the last window that is due. A window from before an edit is run as the task was then.
func (s *Server) dueWindow(ctx context.Context, accountID string, t account.Task, asked *WindowView) (timeline.Window, error) {
	_, windows, err := coverage.Load(ctx, s.cfg.Ledger, accountID, t.ID)
	if err != nil {
		return timeline.Window{}, err
	}
	_, cal := windows.Last()
	if cal == nil {
		return timeline.Window{}, notFound("id", "task", t.ID)
	}
	now := s.cfg.Now()
	if asked == nil {
		w, _, ok := windows.At(now)
		if !ok {
			return timeline.Window{}, fault.New(fault.InvalidSpec, "no window of this task is due before %s",
				cal.Fire(cal.First()).In(cal.Zone()).Format(time.RFC3339)).WithField("window").
				WithFix(`wait until then, or give a period of the past: {"window": {"from": …, "to": …}}`)
		}
		return w, nil
	}
	want := task.Window{From: asked.From.UTC(), To: asked.To.UTC()}
	for w := range windows.Due(want.To.Add(-time.Second), now) {
		if w.Window == want {
			return w, nil
		}
		if w.To.After(want.To) {
			break
		}
	}
	if err := heldWindow(t.Spec, want); err != nil {
		return timeline.Window{}, err
	}
	run, err := askedWindow(cal, want, now)
	return timeline.Window{Window: run.Window, Fire: run.Fire, Generation: t.Generation}, err
}

// heldWindow refuses a period that is longer than windows of the report may be.
func heldWindow(spec task.Spec, w task.Window) error {
	def, err := definitionOf(spec)
	if err != nil || def.MaxWindow == 0 || w.Duration() <= time.Duration(def.MaxWindow) {
		return err
	}
	return fault.New(fault.InvalidSpec, "a period of %s is too long for %s, which is counted in memory: %s at most",
		task.Duration(w.Duration()), def.ID, def.MaxWindow).WithField("window.to").WithFix("ask for shorter periods, one after the other")
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
	due, err := s.dueWindow(ctx, accountID, t, nil)
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
