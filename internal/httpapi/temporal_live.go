package httpapi

import (
	"context"
	"strings"
	"time"

	"transporter/internal/contract"

	enums "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
)

// detailTimeout bounds the wait for a run's own words: without a worker the history must do.
const detailTimeout = time.Second

// live adds what the history does not hold yet, attempts that go on or are repeated, and
// reports whether the execution is open.
func (t *tracer) live(ctx context.Context, workflowID, runID string) (open bool, err error) {
	d, err := t.data.client.DescribeWorkflowExecution(ctx, workflowID, runID)
	if err != nil {
		return false, t.data.classify("read run", err)
	}
	for _, p := range d.GetPendingActivities() {
		if i, known := t.pending[p.GetActivityId()]; known {
			t.attempt(&t.Steps[i], p)
		}
	}
	return d.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}

func (t *tracer) attempt(s *contract.StepRecord, p *workflowpb.PendingActivityInfo) {
	s.Attempt = int(p.GetAttempt())
	var at contract.Cursor
	if t.decode(p.GetHeartbeatDetails(), &at) {
		s.Detail = at.String()
	}
	if p.GetLastFailure() != nil {
		why, _ := t.explain(p.GetLastFailure())
		s.Detail = strings.TrimLeft(s.Detail+"; tried again: "+why, "; ")
	}
}

// detail replaces the steps by those that the run itself tells, which know what was done and
// where. What is running is better known from outside.
func (t *Temporal) detail(ctx context.Context, workflowID, runID string, into *Trace) {
	ctx, cancel := context.WithTimeout(ctx, detailTimeout)
	defer cancel()
	value, err := t.client.QueryWorkflow(ctx, workflowID, runID, contract.QuerySteps)
	if err != nil {
		return
	}
	var told contract.RunProgress
	if err := value.Get(&told); err != nil || len(told.Steps) == 0 {
		return
	}
	for i := range told.Steps {
		s, tried := &told.Steps[i], 0
		for _, seen := range into.Steps {
			if seen.Key() != s.Key() {
				continue
			}
			tried += seen.Attempt
			if s.State == contract.StepRunning && seen.State == s.State {
				s.Detail = seen.Detail
			}
		}
		s.Attempt = max(s.Attempt, tried)
	}
	into.Steps = told.Steps
}
