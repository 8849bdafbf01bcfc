package temporalx

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/human"
)

// maxSummary bounds a summary in bytes: the server takes 400, after encryption.
const maxSummary = 200

// openPage is how many open runs one call lists.
const openPage = 1000

// glance is how often it is looked whether a run that is waited for waits itself.
const glance = time.Minute

// Runs starts runs and waits for them.
type Runs struct {
	client client.Client
	glance time.Duration
}

// NewRuns returns a starter over the client.
func NewRuns(c client.Client) *Runs { return &Runs{c, glance} }

// Start begins the run, once: its id is never used again, whatever became of it. One that
// exists, open or closed, is fault.Conflict.
func (r *Runs) Start(ctx context.Context, in contract.StartRun) error {
	_, err := r.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: in.WorkflowID, TaskQueue: contract.QueueWorkflows, StaticSummary: human.Clip(in.Summary, maxSummary),
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		Priority:                                 temporal.Priority{PriorityKey: in.Priority, FairnessKey: in.Input.Account},
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword(contract.AttrAccount).ValueSet(in.Input.Account),
			temporal.NewSearchAttributeKeyKeyword(contract.AttrTask).ValueSet(in.Input.Task),
			temporal.NewSearchAttributeKeyKeyword(contract.AttrReport).ValueSet(in.Report),
			temporal.NewSearchAttributeKeyKeyword(contract.AttrTrigger).ValueSet(in.Input.Trigger),
			temporal.NewSearchAttributeKeyKeywordList(contract.AttrDestination).ValueSet(in.Legs),
			temporal.NewSearchAttributeKeyTime(contract.AttrWindowEnd).ValueSet(in.WindowEnd),
		),
	}, contract.WorkflowReportRun, in.Input)
	if exists := new(serviceerror.WorkflowExecutionAlreadyStarted); errors.As(err, &exists) {
		return fault.New(fault.Conflict, "run %s exists already", in.WorkflowID).WithFix("look at it; if it failed, resume it")
	}
	return wrap("start run "+in.WorkflowID, err)
}

// Await waits until the newest execution of the run has ended and returns its result. That a
// run is red is no error of this call: its outcome is OutcomeFailed, its record says more. One that
// waits itself, for what a platform has not exported yet, is OutcomeSkipped: it may do so for days.
func (r *Runs) Await(ctx context.Context, workflowID string) (contract.RunResult, error) {
	var out contract.RunResult
	following, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go r.untilItWaits(following, workflowID, stop)
	err := r.client.GetWorkflow(ctx, workflowID, "").Get(following, &out)
	if errors.Is(context.Cause(following), errWaits) {
		return contract.RunResult{Outcome: contract.OutcomeSkipped}, nil
	}
	if red := new(temporal.WorkflowExecutionError); errors.As(err, &red) {
		return contract.RunResult{Outcome: contract.OutcomeFailed}, nil
	}
	return out, wrap("wait for run "+workflowID, err)
}

var errWaits = errors.New("the run waits for an export")

// untilItWaits looks now and then what the run does, and stops whoever follows it once it waits.
func (r *Runs) untilItWaits(ctx context.Context, workflowID string, stop context.CancelCauseFunc) {
	tick := time.NewTicker(r.glance)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		d, err := r.client.DescribeWorkflowExecution(ctx, workflowID, "")
		if err != nil {
			continue // whoever follows it hears of that, too
		}
		for _, a := range d.GetPendingActivities() {
			if a.GetActivityType().GetName() == contract.ActivityAwait && a.GetAttempt() > 1 {
				stop(errWaits)
				return
			}
		}
	}
}

// Open returns the workflow IDs of the task's open runs, as visibility knows them: one that
// began or ended within the last second may be wrong.
func (r *Runs) Open(ctx context.Context, accountID, taskID string) (map[string]bool, error) {
	open := map[string]bool{}
	var token []byte
	for {
		page, err := r.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			PageSize: openPage, NextPageToken: token,
			Query: fmt.Sprintf("WorkflowType = '%s' AND %s = '%s' AND %s = '%s' AND ExecutionStatus = 'Running'",
				contract.WorkflowReportRun, contract.AttrAccount, accountID, contract.AttrTask, taskID),
		})
		if err != nil {
			return nil, wrap("list open runs", err)
		}
		for _, e := range page.GetExecutions() {
			open[e.GetExecution().GetWorkflowId()] = true
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return open, nil
		}
	}
}
