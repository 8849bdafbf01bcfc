package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/receipt"

	"golang.org/x/sync/errgroup"
)

const (
	runsPath = "/v1/accounts/{a}/runs"
	// maxRuns bounds one page of runs.
	maxRuns = 200
)

// InRuns selects runs.
type InRuns struct {
	InAccount
	Task    string    `query:"task" maxLength:"64" doc:"Only runs of this task."`
	Outcome string    `query:"outcome" enum:"delivered,empty,partial,incomplete,expired,failed,duplicate,skipped" doc:"Only runs that ended so."`
	From    time.Time `query:"from" doc:"Only runs that started at or after it."`
	Before  time.Time `query:"before" doc:"Only runs that started before: the start of the last run of the page before."`
	Limit   int       `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many runs."`
}

// RunView is one line of the history.
type RunView struct {
	ID         string      `json:"id" example:"01JD40K7M5Q3ZB1A9C8E7G6J4K.g1.20261120T060000Z"`
	Task       string      `json:"task"`
	Report     string      `json:"report,omitempty" example:"msg.messages@1.0"`
	Status     string      `json:"status" enum:"running,completed,failed,canceled,terminated,timed_out" doc:"How its workflow stands."`
	Outcome    string      `json:"outcome,omitempty" doc:"delivered, empty, partial, incomplete, expired, failed, duplicate or skipped. While it runs absent, or partial once some of its destinations have it."`
	Trigger    string      `json:"trigger,omitempty" doc:"schedule, manual, resume, redeliver or backfill."`
	Window     *WindowView `json:"window,omitempty"`
	Generation int         `json:"generation"`
	Revision   int         `json:"revision"`
	Attempt    int         `json:"attempt"`
	Started    time.Time   `json:"started"`
	Ended      *time.Time  `json:"ended,omitempty"`
	Files      int         `json:"files"`
	Rows       int64       `json:"rows"`
	Bytes      int64       `json:"bytes"`
	Error      string      `json:"error,omitempty"`
	ErrorKind  string      `json:"errorKind,omitempty"`
	UI         string      `json:"ui,omitempty" doc:"The run in the Temporal UI; absent when Temporal has forgotten it."`

	workflowID string
}

func (s *Server) runs() {
	const tag = "runs"
	route(s, operation{
		Method: http.MethodGet, Path: runsPath, ID: "list-runs", Tag: tag, Summary: "List runs, newest first",
		Doc: "Merged from Temporal and from the run records, which stay when Temporal has forgotten, also those of an account that is closed.", Errors: []int{404, 422},
	}, s.listRuns)
	route(s, operation{
		Method: http.MethodGet, Path: runsPath + "/{run}", ID: "get-run", Tag: tag,
		Summary: "Show a run with its steps, files and receipts", Errors: []int{404},
	}, s.getRun)
}

func (s *Server) listRuns(ctx context.Context, in *InRuns) (*Listing[RunView], error) {
	if err := s.hasHistory(ctx, in.Account); err != nil {
		return nil, err
	}
	if in.Task != "" {
		if err := checkID("task", "task", in.Task); err != nil {
			return nil, inQuery(err)
		}
	}
	if !in.From.IsZero() && !in.Before.IsZero() && !in.Before.After(in.From) {
		return nil, fault.New(fault.InvalidSpec, "it is not after from").WithField("query.before").WithFix("give a later time")
	}
	limit := min(in.Limit, maxRuns)
	open, err := s.cfg.Runs.ListRuns(ctx, RunQuery{
		Account: in.Account, Task: in.Task, Outcome: in.Outcome, From: in.From, Before: in.Before, Limit: limit,
	})
	if err != nil {
		return nil, err
	}
	records, err := s.cfg.Book.Runs(ctx, receipt.RunFilter{
		Account: in.Account, Task: in.Task, Outcome: in.Outcome, From: in.From, Before: in.Before, Limit: limit,
	})
	if err != nil {
		return nil, err
	}
	items := s.merge(open, records, limit)
	return &Listing[RunView]{Body: List[RunView]{Items: items}}, s.unlink(ctx, items, open)
}

// unlink takes the links away from runs that Temporal has forgotten. It is asked about those
// that visibility did not list: they may also be too new, or beyond its limit.
func (s *Server) unlink(ctx context.Context, items []RunView, open []Execution) error {
	listed := make(map[string]bool, len(open))
	for _, e := range open {
		listed[s.cfg.Runs.Link(e.WorkflowID, e.RunID)] = true
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(listConcurrency)
	for i := range items {
		v := &items[i]
		if listed[v.UI] {
			continue
		}
		group.Go(func() error {
			e, err := s.cfg.Runs.Execution(ctx, v.workflowID)
			if err == nil && (e == nil || s.cfg.Runs.Link(e.WorkflowID, e.RunID) != v.UI) {
				v.UI = ""
			}
			return err
		})
	}
	return group.Wait()
}

// merge makes one history of what Temporal and the records know, newest first. The record
// of an execution knows more than visibility does.
func (s *Server) merge(open []Execution, records []receipt.RunRecord, limit int) []RunView {
	views := map[string]RunView{}
	for _, e := range open {
		if v, ok := s.viewExecution(e); ok {
			views[e.WorkflowID+e.RunID] = v
		}
	}
	for _, r := range records {
		v, ok := s.viewRecord(r)
		if !ok {
			continue
		}
		if e, alive := views[r.WorkflowID+r.RunID]; alive { // the record is written just before the end
			v.Status, v.Report = e.Status, cmp.Or(v.Report, e.Report)
		}
		views[r.WorkflowID+r.RunID] = v
	}
	all := make([]RunView, 0, len(views))
	for _, v := range views {
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b RunView) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(b.ID, a.ID))
	})
	return all[:min(len(all), limit)]
}

func (s *Server) viewExecution(e Execution) (RunView, bool) {
	name, ok := runOf(e.WorkflowID)
	v := RunView{
		ID: name.String(), Task: name.Task, Report: e.Report, Status: e.Status, Outcome: e.Outcome, Trigger: e.Trigger,
		Generation: name.Generation, Revision: name.Revision, Attempt: name.Attempt, Started: e.Started, Rows: e.Rows, Bytes: e.Bytes,
		UI: s.cfg.Runs.Link(e.WorkflowID, e.RunID), workflowID: e.WorkflowID,
	}
	if !e.Ended.IsZero() {
		v.Ended = &e.Ended
	}
	return v, ok
}

func (s *Server) viewRecord(r receipt.RunRecord) (RunView, bool) {
	name, ok := runOf(r.WorkflowID)
	v := RunView{
		ID: name.String(), Task: name.Task, Report: r.Report, Status: "completed", Outcome: r.Outcome,
		Trigger: cmp.Or(r.Run.Trigger, contract.TriggerSchedule), Generation: name.Generation, Revision: name.Revision, Attempt: name.Attempt,
		Started: r.Started, Files: r.Files, Rows: r.Rows, Bytes: r.Bytes, Error: r.Error, ErrorKind: r.ErrorKind,
		UI: s.cfg.Runs.Link(r.WorkflowID, r.RunID), workflowID: r.WorkflowID,
	}
	if r.Error != "" {
		v.Status = "failed"
	}
	if !r.Ended.IsZero() {
		v.Ended = &r.Ended
	}
	if r.Window.To != 0 {
		v.Window = windowOf(r.Window)
	}
	return v, ok
}

func windowOf(span contract.Span) *WindowView {
	return &WindowView{From: time.UnixMilli(span.From).UTC(), To: time.UnixMilli(span.To).UTC()}
}
