package temporalx

import (
	"context"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"transporter/internal/contract"
)

// Attempts returns how often Temporal has tried each step of the run, all calls of the
// workflow together. A step that goes on counts once it has ended: its history has the number
// of the last try only then
// (https://docs.temporal.io/references/events#activitytaskstarted).
func (e *Executions) Attempts(ctx context.Context, workflowID, runID string) (map[contract.StepKey]int, error) {
	called := map[int64]*historypb.ActivityTaskScheduledEventAttributes{}
	tried := map[contract.StepKey]int{}
	events := e.client.GetWorkflowHistory(ctx, workflowID, runID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return nil, wrap("read history of "+workflowID, err)
		}
		if a := event.GetActivityTaskScheduledEventAttributes(); a != nil {
			called[event.GetEventId()] = a
		}
		a := event.GetActivityTaskStartedEventAttributes()
		if of := called[a.GetScheduledEventId()]; of != nil {
			tried[e.stepOf(of)] += int(a.GetAttempt())
		}
	}
	return tried, nil
}

// stepOf reads which step an activity is of; one before the legs has none.
func (e *Executions) stepOf(a *historypb.ActivityTaskScheduledEventAttributes) contract.StepKey {
	var in contract.LegIn
	_ = e.data.FromPayloads(a.GetInput(), &in) // of another type: no leg
	return contract.StepKey{Name: a.GetActivityType().GetName(), Leg: in.Leg}
}
