package httpapi

import (
	"context"
	"errors"
	"time"

	"transporter/internal/contract"

	commonpb "go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/temporal"
)

// Trace reads the history, fewer than two hundred events a run, and of an open run what it
// says of itself.
func (t *Temporal) Trace(ctx context.Context, workflowID, runID string) (Trace, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	tr := tracer{data: t, steps: map[int64]int{}, pending: map[string]int{}}
	events := t.client.GetWorkflowHistory(ctx, workflowID, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return Trace{}, t.classify("read history", err)
		}
		tr.take(event)
	}
	open, err := tr.live(ctx, workflowID, runID)
	if err != nil {
		return Trace{}, err
	}
	if open {
		t.detail(ctx, workflowID, runID, &tr.Trace)
	}
	return tr.Trace, nil
}

// tracer folds events into steps.
type tracer struct {
	Trace
	data    *Temporal
	titles  map[string]string // of legs, once they are planned
	steps   map[int64]int     // id of the scheduled event → index of its step
	pending map[string]int    // id of the activity → index of its step
}

func (t *tracer) take(event *historypb.HistoryEvent) {
	at := event.GetEventTime().AsTime()
	switch event.GetEventType() {
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		var in contract.RunInput
		if t.decode(event.GetWorkflowExecutionStartedEventAttributes().GetInput(), &in) {
			t.Window = in.Window
		}
	case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		a := event.GetActivityTaskScheduledEventAttributes()
		var in struct {
			Leg string `json:"leg"`
		}
		t.decode(a.GetInput(), &in) // steps before the legs have none
		t.steps[event.GetEventId()], t.pending[a.GetActivityId()] = len(t.Steps), len(t.Steps)
		t.Steps = append(t.Steps, contract.StepRecord{
			Name: a.GetActivityType().GetName(), Leg: in.Leg, Where: t.titles[in.Leg], State: contract.StepRunning, Started: at,
		})
	case enums.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		a := event.GetActivityTaskStartedEventAttributes()
		t.at(a.GetScheduledEventId(), func(s *contract.StepRecord) { s.Attempt = int(a.GetAttempt()) })
	case enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		a := event.GetActivityTaskCompletedEventAttributes()
		t.at(a.GetScheduledEventId(), func(s *contract.StepRecord) {
			s.State, s.Ended = contract.StepDone, at
			if s.Name == contract.ActivityPlan {
				t.planned(a.GetResult())
			}
		})
	case enums.EVENT_TYPE_ACTIVITY_TASK_FAILED:
		a := event.GetActivityTaskFailedEventAttributes()
		t.at(a.GetScheduledEventId(), func(s *contract.StepRecord) { t.fail(s, at, a.GetFailure()) })
	case enums.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
		a := event.GetActivityTaskTimedOutEventAttributes()
		t.at(a.GetScheduledEventId(), func(s *contract.StepRecord) { t.fail(s, at, a.GetFailure()) })
	case enums.EVENT_TYPE_ACTIVITY_TASK_CANCELED:
		a := event.GetActivityTaskCanceledEventAttributes()
		t.at(a.GetScheduledEventId(), func(s *contract.StepRecord) { s.State, s.Error, s.Ended = contract.StepFailed, "canceled", at })
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
		t.Error, t.ErrorKind = t.explain(event.GetWorkflowExecutionFailedEventAttributes().GetFailure())
	}
}

func (t *tracer) at(scheduled int64, change func(*contract.StepRecord)) {
	if i, ok := t.steps[scheduled]; ok {
		change(&t.Steps[i])
	}
}

func (t *tracer) planned(result *commonpb.Payloads) {
	var plan contract.PlanOut
	if t.decode(result, &plan) && plan.Window.To != 0 {
		t.Window, t.titles = &plan.Window, map[string]string{}
		for _, leg := range plan.Legs {
			t.titles[leg.ID] = leg.Title
		}
	}
}

func (t *tracer) fail(s *contract.StepRecord, at time.Time, f *failurepb.Failure) {
	s.State, s.Ended = contract.StepFailed, at
	s.Error, _ = t.explain(f)
}

// explain returns the text and the type of the innermost application failure.
func (t *tracer) explain(f *failurepb.Failure) (text, kind string) {
	err := t.data.failure.FailureToError(f)
	text = err.Error()
	var app *temporal.ApplicationError
	for cause := err; errors.As(cause, &app); cause = app.Unwrap() {
		text, kind = app.Message(), app.Type()
	}
	return text, kind
}

// decode reports whether the payload could be read: a history of an older release may hold
// other types.
func (t *tracer) decode(p *commonpb.Payloads, into any) bool {
	return p != nil && t.data.data.FromPayloads(p, into) == nil
}
