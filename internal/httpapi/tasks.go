package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/report"
	"transporter/internal/task"
)

// TaskView is a task as it is shown.
type TaskView struct {
	MetaView
	State       string      `json:"state" enum:"enabled,disabled"`
	Generation  int         `json:"generation" doc:"Counts edits that change what is delivered."`
	Spec        task.Spec   `json:"spec" doc:"Send it back, changed, to replace the task."`
	FirstWindow *WindowView `json:"firstWindow,omitempty" doc:"The first window, resolved."`
	NextRun     *time.Time  `json:"nextRun,omitempty" doc:"When the next run fires, if the task is enabled."`
	Warnings    []string    `json:"warnings,omitempty" doc:"What is allowed and may surprise."`
}

// WindowView is a half-open period: from is in it, to is not.
type WindowView struct {
	From time.Time `json:"from" doc:"First moment." example:"2026-11-19T00:00:00Z"`
	To   time.Time `json:"to" doc:"First moment after it." example:"2026-11-20T00:00:00Z"`
}

var tasks = resource[task.Spec, account.Task, TaskView]{
	one: "task", many: "tasks",
	body:   "A task says which report of which source is delivered when, in which form and where. An edit that changes what is delivered raises the generation.",
	all:    func(a account.Snapshot) map[string]account.Task { return a.Tasks },
	meta:   func(x account.Task) account.Meta { return x.Meta },
	stamp:  func(x *account.Task, m account.Meta) { x.Meta = m },
	view:   (*Server).viewTask,
	build:  (*Server).buildTask,
	made:   startPastOnce,
	put:    contract.UpdatePutTask,
	putIn:  func(s *Server, w contract.Write, x account.Task) any { return s.putTask(w, x.ID, x.Spec) },
	remove: contract.UpdateDeleteTask, edited: true,
}

func (s *Server) tasks() {
	tasks.register(s)
	s.taskEdits()
	s.taskLife()
	s.taskActions()
	route(s, operation{
		Method: http.MethodPost, Path: tasks.path() + "/{id}/run", ID: "run-task", Tag: tasks.many, Status: http.StatusAccepted,
		Summary: "Run a task now", Doc: "Starts the run of one window: the last one that is due, or the one given.",
		Errors: []int{400, 404, 409, 422},
	}, s.runTask)
}

// putTask returns the update that makes or edits a task.
func (s *Server) putTask(w contract.Write, id string, spec task.Spec) contract.PutTaskIn {
	return contract.PutTaskIn{Write: w, ID: id, Spec: spec, Plans: s.cfg.Plans}
}

// buildTask checks the spec against its report and the account, and fixes the version.
func (s *Server) buildTask(snap account.Snapshot, spec task.Spec, old *account.Task) (account.Task, error) {
	if old != nil && spec.Version == "" && spec.Report == old.Spec.Report {
		spec.Version = old.Spec.Version
	}
	spec = feedRevisions(spec)
	var former task.Spec
	if old != nil {
		former = old.Spec
	}
	spec, err := report.Refill(spec, former)
	if err != nil {
		return account.Task{}, err
	}
	rules := rulesOf(snap, spec, s.cfg.Now())
	if err := spec.Validate(rules); err != nil {
		return account.Task{}, err
	}
	if err := errors.Join(append(encryptsLinks(snap, spec), append(fitsDestinations(snap, spec), fitsVendor(snap, spec))...)...); err != nil {
		return account.Task{}, err
	}
	def, err := definitionOf(spec)
	if err != nil {
		return account.Task{}, err
	}
	if err := errors.Join(fitsSource(snap, spec, def), fitsFeed(spec, def)); err != nil {
		return account.Task{}, err
	}
	spec.Version = def.Version
	return account.Task{Meta: account.Meta{Description: spec.Description}, Spec: spec}, nil
}

// newest returns the newest shipped version of a report; empty if there is no such report.
func newest(id string) string {
	def, err := report.Get(id, "")
	if err != nil {
		return ""
	}
	return def.Version
}

// rulesOf says what the catalog and the account allow.
func rulesOf(snap account.Snapshot, spec task.Spec, now time.Time) task.Rules {
	rules := task.Rules{Now: now, Sources: idsOf(snap.Sources), Destinations: idsOf(snap.Destinations), Keys: idsOf(snap.Keys), Signs: snap.Signer != nil}
	for _, d := range report.Catalog() {
		rules.Reports = append(rules.Reports, d.ID)
	}
	d, err := report.Get(spec.Report, spec.Version)
	if err != nil { // of a version that is not shipped
		d, err = report.Get(spec.Report, "")
	}
	if err != nil {
		return rules
	}
	rules.Report = d.FileRules()
	rules.Report.Versions = report.Versions(d.ID)
	rules.Report.Backfill, rules.Report.Awaited, rules.Report.Final = d.Backfill, d.Feed != nil, d.Final()
	rules.Report.MinInterval, rules.Report.MaxWindow = time.Duration(d.MinInterval), time.Duration(d.MaxWindow)
	rules.Report.DefaultDelay = time.Duration(d.DefaultDelay)
	rules.Report.CheckParameters = func(p map[string]json.RawMessage) error { return d.CheckParameters(p) }
	if oldest, ok := d.Reach.Since(now); ok {
		rules.Report.Reach = now.Sub(oldest)
	}
	if oldest, ok := d.Revisable(spec.Parameters, now); ok {
		rules.Report.Revisable = now.Sub(oldest)
	}
	return rules
}

func idsOf[T any](things map[string]T) map[string]bool {
	ids := make(map[string]bool, len(things))
	for id := range things {
		ids[id] = true
	}
	return ids
}

func definitionOf(spec task.Spec) (*report.Definition, error) {
	def, err := report.Get(spec.Report, spec.Version)
	if err != nil {
		return nil, inField("report", err)
	}
	return def, nil
}

func calendarOf(spec task.Spec, def *report.Definition, created time.Time) (*task.Calendar, error) {
	return task.NewCalendar(spec, created, time.Duration(def.DefaultDelay))
}

func (s *Server) viewTask(x account.Task) TaskView {
	v := TaskView{MetaView: viewMeta(x.Meta), State: x.State, Generation: x.Generation, Spec: x.Spec}
	def, err := definitionOf(x.Spec)
	if err != nil {
		v.Warnings = append(v.Warnings, err.Error())
		return v
	}
	cal, err := calendarOf(x.Spec, def, x.Begun())
	if err != nil {
		v.Warnings = append(v.Warnings, err.Error())
		return v
	}
	if w, ok := cal.WindowOf(cal.First()); ok {
		v.FirstWindow = &WindowView{w.From, w.To}
	}
	if next := task.NextRuns(cal, s.cfg.Now(), 1); len(next) > 0 && x.State == account.TaskEnabled {
		v.NextRun = &next[0].Fire
	}
	if cal.Delay() < time.Duration(def.DefaultDelay) {
		v.Warnings = append(v.Warnings, "delay: it is shorter than the report's "+def.DefaultDelay.String()+
			" and may miss late rows")
	}
	return v
}
