package httpapi

import (
	"context"
	"net/http"
	"time"

	"transporter/internal/coverage"
	"transporter/internal/fault"
)

// maxCoverage bounds the windows of one answer: a year of quarter hours.
const maxCoverage = 40_000

// InCoverage asks what became of the windows of a period.
type InCoverage struct {
	InThing
	From time.Time `query:"from" doc:"Windows that end after it; absent: from the first."`
	To   time.Time `query:"to" doc:"Windows that begin before it; absent: now."`
}

// Coverage is what became of the windows of a task.
type Coverage struct {
	Zone    string           `json:"zone" example:"Europe/Madrid"`
	Summary coverage.Summary `json:"summary"`
	// Complete is the promise kept.
	Complete bool           `json:"complete" doc:"Every window of the period that is due is delivered or empty, and none overlap or leave a gap."`
	Windows  []CoverageLine `json:"windows" nullable:"false" doc:"In order."`
}

// CoverageLine is one window and what became of it.
type CoverageLine struct {
	From       time.Time  `json:"from"`
	To         time.Time  `json:"to"`
	Fire       time.Time  `json:"fire" doc:"When its run is due."`
	Status     string     `json:"status" enum:"delivered,empty,running,failed,missing,not_due,lost,paused,skipped,dropped" doc:"delivered and empty hold receipts; failed waits for a person; missing is started by the next reconciliation; lost is gone at the source; skipped and dropped were given up by an operator."`
	Generation int        `json:"generation"`
	Revision   int        `json:"revision"`
	Rows       int64      `json:"rows"`
	Delivered  *time.Time `json:"delivered,omitempty" doc:"When its receipt was written."`
	Run        string     `json:"run,omitempty" doc:"The last run, if there was one."`
}

func (s *Server) coverage() {
	route(s, operation{
		Method: http.MethodGet, Path: tasks.path() + "/{id}/coverage", ID: "get-coverage", Tag: tasks.many,
		Summary: "Show what became of every window of a task",
		Doc:     "The windows that should exist are those of the task's ledger: edits, pauses and schedules changed in Temporal do not change the past.",
		Errors:  []int{404, 422},
	}, s.getCoverage)
}

func (s *Server) getCoverage(ctx context.Context, in *InCoverage) (*struct{ Body Coverage }, error) {
	t, err := tasks.find(ctx, s, in.InThing)
	if err != nil {
		return nil, err
	}
	to := in.To
	if to.IsZero() {
		to = s.cfg.Now()
	}
	if !to.After(in.From) {
		return nil, fault.New(fault.InvalidSpec, "it is not after from").WithField("query.to").WithFix("give a later time")
	}
	lines, err := s.lines(ctx, in.Account, in.ID, in.From, to)
	if err != nil {
		return nil, err
	}
	if len(lines) > maxCoverage {
		return nil, fault.New(fault.InvalidSpec, "the period has %d windows, at most %d are shown", len(lines), maxCoverage).WithField("query.from").
			WithFix("ask for a shorter period")
	}
	summary := coverage.Summarise(lines)
	out := Coverage{Zone: t.Spec.Zone, Summary: summary, Complete: summary.Complete(), Windows: []CoverageLine{}}
	for _, l := range lines {
		out.Windows = append(out.Windows, viewLine(l))
	}
	return &struct{ Body Coverage }{out}, nil
}

func viewLine(l coverage.Line) CoverageLine {
	v := CoverageLine{
		From: l.From.UTC(), To: l.To.UTC(), Fire: l.Fire.UTC(), Status: string(l.Status),
		Generation: l.Generation, Revision: l.Revision, Rows: l.Rows,
	}
	if !l.At.IsZero() {
		v.Delivered = &l.At
	}
	if name, ok := runOf(l.Run); ok {
		v.Run = name.String()
	}
	return v
}
