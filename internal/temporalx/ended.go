package temporalx

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"transporter/internal/contract"
)

// EndedOutside returns the account's runs that were terminated or timed out since then.
func (r *Runs) EndedOutside(ctx context.Context, accountID string, since time.Time) ([]contract.EndedRun, error) {
	var all []contract.EndedRun
	var token []byte
	for {
		page, err := r.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			PageSize: openPage, NextPageToken: token,
			Query: fmt.Sprintf("WorkflowType = '%s' AND %s = '%s' AND ExecutionStatus IN ('Terminated', 'TimedOut') AND CloseTime > '%s'",
				contract.WorkflowReportRun, contract.AttrAccount, accountID, since.UTC().Format(time.RFC3339)),
		})
		if err != nil {
			return nil, wrap("list ended runs", err)
		}
		for _, e := range page.GetExecutions() {
			name, ok := contract.ParseRunID(e.GetExecution().GetWorkflowId())
			if !ok {
				continue
			}
			status := "terminated"
			if e.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT {
				status = "timed out"
			}
			all = append(all, contract.EndedRun{
				RunName: name, RunID: e.GetExecution().GetRunId(), Status: status,
				Started: e.GetStartTime().AsTime(), Ended: e.GetCloseTime().AsTime(),
			})
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return all, nil
		}
	}
}
