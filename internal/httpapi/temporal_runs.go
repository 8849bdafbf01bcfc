package httpapi

import (
	"context"
	"fmt"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/temporalx"

	commonpb "go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"
)

// Start begins the run, once: the id is never used again, whatever became of it.
func (t *Temporal) Start(ctx context.Context, in contract.StartRun) error {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	err := temporalx.NewRuns(t.client).Start(ctx, in)
	if fault.Is(err, fault.Conflict) {
		name, _ := runOf(in.WorkflowID)
		return fault.New(fault.Conflict, "the run %s exists already", name).
			WithFix("look at it; if it failed, resume it")
	}
	return t.classify("start run", err)
}

// Open returns the workflow IDs of the task's open runs.
func (t *Temporal) Open(ctx context.Context, accountID, taskID string) (map[string]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	open, err := temporalx.NewRuns(t.client).Open(ctx, accountID, taskID)
	return open, t.classify("list open runs", err)
}

// ListRuns asks visibility, which orders by the latest start or end.
func (t *Temporal) ListRuns(ctx context.Context, q RunQuery) ([]Execution, error) {
	terms := []string{
		fmt.Sprintf("WorkflowType = '%s'", contract.WorkflowReportRun),
		fmt.Sprintf("%s = '%s'", contract.AttrAccount, q.Account),
	}
	if q.Task != "" {
		terms = append(terms, fmt.Sprintf("%s = '%s'", contract.AttrTask, q.Task))
	}
	if q.Outcome != "" {
		terms = append(terms, fmt.Sprintf("%s = '%s'", contract.AttrOutcome, q.Outcome))
	}
	if !q.From.IsZero() {
		terms = append(terms, fmt.Sprintf("StartTime >= '%s'", q.From.UTC().Format(time.RFC3339Nano)))
	}
	if !q.Before.IsZero() {
		terms = append(terms, fmt.Sprintf("StartTime < '%s'", q.Before.UTC().Format(time.RFC3339Nano)))
	}
	var all []Execution
	err := t.visit(ctx, strings.Join(terms, " AND "), q.Limit, func(e *Execution) { all = append(all, *e) })
	return all, err
}

// Execution describes the newest execution of the id.
func (t *Temporal) Execution(ctx context.Context, workflowID string) (*Execution, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	d, err := t.client.DescribeWorkflowExecution(ctx, workflowID, "")
	if err = t.classify("read run", err); err != nil {
		if fault.Is(err, fault.NotFound) {
			return nil, nil
		}
		return nil, err
	}
	return executionOf(d.GetWorkflowExecutionInfo()), nil
}

var statusName = map[enums.WorkflowExecutionStatus]string{
	enums.WORKFLOW_EXECUTION_STATUS_RUNNING:    "running",
	enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:  "completed",
	enums.WORKFLOW_EXECUTION_STATUS_FAILED:     "failed",
	enums.WORKFLOW_EXECUTION_STATUS_CANCELED:   "canceled",
	enums.WORKFLOW_EXECUTION_STATUS_TERMINATED: "terminated",
	enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:  "timed_out",
}

func executionOf(info *workflowpb.WorkflowExecutionInfo) *Execution {
	e := &Execution{
		WorkflowID: info.GetExecution().GetWorkflowId(), RunID: info.GetExecution().GetRunId(),
		Status: statusName[info.GetStatus()], Open: info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING,
		Started: info.GetStartTime().AsTime(),
	}
	if info.GetCloseTime() != nil {
		e.Ended = info.GetCloseTime().AsTime()
	}
	attrs := info.GetSearchAttributes().GetIndexedFields()
	attribute(attrs, contract.AttrReport, &e.Report)
	attribute(attrs, contract.AttrTrigger, &e.Trigger)
	attribute(attrs, contract.AttrOutcome, &e.Outcome)
	attribute(attrs, contract.AttrWindowEnd, &e.WindowEnd)
	attribute(attrs, contract.AttrRecords, &e.Rows)
	attribute(attrs, contract.AttrBytes, &e.Bytes)
	return e
}

// attribute reads one search attribute; they are never encrypted. One of another type, set
// by hand in the Temporal UI, is left out.
func attribute(attrs map[string]*commonpb.Payload, name string, into any) {
	if p, ok := attrs[name]; ok {
		_ = converter.GetDefaultDataConverter().FromPayload(p, into)
	}
}
