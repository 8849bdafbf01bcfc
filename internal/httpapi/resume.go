package httpapi

import (
	"context"
	"net/http"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

// maxAttempts bounds the search for the last attempt; nobody resumes so often.
const maxAttempts = 1000

// InResume resumes a run.
type InResume struct {
	InRun
	Creation
}

func (s *Server) resume() {
	route(s, operation{
		Method: http.MethodPost, Path: runsPath + "/{run}/resume", ID: "resume-run", Tag: "runs", Status: http.StatusAccepted,
		Summary: "Finish a run from the step that failed",
		Doc: "Starts a new attempt of the same window and revision, with today's keys, destinations and credentials. " +
			"Finished steps are not repeated, but the exports of a feed that was red for what they say are listed again. Delivered legs are not sent again. Refused with 409 while an attempt is open, and when the window is delivered.",
		Errors: []int{404, 409, 422},
	}, s.resumeRun)
}

func (s *Server) resumeRun(ctx context.Context, in *InResume) (*Item[Started], error) {
	found, err := s.findRun(ctx, in.InRun)
	if err != nil {
		return nil, err
	}
	return s.attempt(ctx, in.InAccount, found, contract.RunInput{Trigger: contract.TriggerResume})
}

// attempt starts the next attempt of the run that was found. Only a redelivery is one of a
// window that is delivered.
func (s *Server) attempt(ctx context.Context, in InAccount, found foundRun, how contract.RunInput) (*Item[Started], error) {
	t, err := tasks.find(ctx, s, InThing{in, found.name.Task})
	if err != nil {
		return nil, err
	}
	span, err := s.spanOf(ctx, t, found)
	if err != nil {
		return nil, err
	}
	delivery := found.name.delivery(in.Account, span)
	if err := s.checkDelivered(ctx, delivery, how.Redeliver); err != nil {
		return nil, err
	}
	next, err := s.nextAttempt(ctx, delivery, found.name)
	if err != nil {
		return nil, err
	}
	view := windowOf(span)
	window := task.Window{From: view.From, To: view.To}
	if err := s.startAs(ctx, in.Account, t, next, window, how); err != nil {
		return nil, err
	}
	return s.started(in.Account, next, window), nil
}

// spanOf returns the window that the run resolved or was asked for. One that a schedule
// started and that failed before, because a key or a destination was missing, has the
// window of its nominal time, which is in its name; the plan step would say the same.
func (s *Server) spanOf(ctx context.Context, t account.Task, found foundRun) (contract.Span, error) {
	if r := found.record; r != nil && r.Window.To != 0 {
		return r.Window, nil
	} else if r != nil && r.Run.Window != nil {
		return *r.Run.Window, nil
	}
	if found.execution != nil {
		trace, err := s.cfg.Runs.Trace(ctx, found.execution.WorkflowID, found.execution.RunID)
		if err != nil {
			return contract.Span{}, err
		}
		if trace.Window != nil {
			return *trace.Window, nil
		}
	}
	if span, ok := firedWindow(t, found.name.Fire); ok && t.Generation == found.name.Generation {
		return span, nil
	}
	return contract.Span{}, fault.New(fault.Conflict, "the run ended before its window was known, and the task was edited since").
		WithField("path.run").WithFix("run the task %s instead, with the window", found.name.Task)
}

// firedWindow returns the window of a run that fired at the time.
func firedWindow(t account.Task, fire time.Time) (contract.Span, bool) {
	def, err := definitionOf(t.Spec)
	if err != nil {
		return contract.Span{}, false
	}
	cal, err := calendarOf(t.Spec, def, t.Begun())
	if err != nil {
		return contract.Span{}, false
	}
	w, ok := cal.WindowAt(fire)
	from, to := w.Span()
	return contract.Span{From: from, To: to}, ok
}

// checkDelivered refuses a window that holds the receipt of the whole run, or, where it is
// wanted, one that does not.
func (s *Server) checkDelivered(ctx context.Context, d contract.Delivery, want bool) error {
	done, err := s.cfg.Book.Receipt(ctx, d)
	switch {
	case err != nil || want == (done != nil):
		return err
	case want:
		return fault.New(fault.Conflict, "the window is not delivered").WithField("path.run").
			WithFix("resume the run")
	}
	return fault.New(fault.Conflict, "the window is delivered").WithField("path.run").
		WithFix("look at the run: it shows the receipts")
}

// nextAttempt names the attempt after the last one, which must be closed.
func (s *Server) nextAttempt(ctx context.Context, d contract.Delivery, name runName) (runName, error) {
	claims, err := s.cfg.Book.Claims(ctx, d)
	if err != nil {
		return name, err
	}
	for _, c := range claims {
		name.Attempt = max(name.Attempt, c.Attempt)
	}
	for ; name.Attempt < maxAttempts; name.Attempt++ {
		e, err := s.cfg.Runs.Execution(ctx, name.workflowID(d.Account))
		if err != nil {
			return name, err
		}
		if e != nil && e.Open {
			return name, fault.New(fault.Conflict, "attempt %d is still open", name.Attempt).WithField("path.run").
				WithFix("wait for run %s, or end it in the Temporal UI", name)
		}
		following := name
		following.Attempt++
		if e, err = s.cfg.Runs.Execution(ctx, following.workflowID(d.Account)); err != nil || e == nil {
			return following, err
		}
	}
	return name, fault.New(fault.Conflict, "the run has %d attempts", maxAttempts).WithField("path.run")
}
