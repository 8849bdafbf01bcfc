package temporalx

import (
	"context"
	"fmt"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"transporter/internal/contract"
)

// Working returns the account's open runs with the ends of their windows, as visibility knows
// them: one that began within the last second may be missing.
func (r *Runs) Working(ctx context.Context, accountID string) ([]contract.OpenRun, error) {
	var all []contract.OpenRun
	var token []byte
	for {
		page, err := r.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			PageSize: openPage, NextPageToken: token,
			Query: fmt.Sprintf("WorkflowType = '%s' AND %s = '%s' AND ExecutionStatus = 'Running'",
				contract.WorkflowReportRun, contract.AttrAccount, accountID),
		})
		if err != nil {
			return nil, wrap("list open runs", err)
		}
		for _, e := range page.GetExecutions() {
			name, ok := contract.ParseRunID(e.GetExecution().GetWorkflowId())
			if !ok {
				continue
			}
			run := contract.OpenRun{RunName: name}
			if end, ok := e.GetSearchAttributes().GetIndexedFields()[contract.AttrWindowEnd]; ok {
				if err := converter.GetDefaultDataConverter().FromPayload(end, &run.WindowEnd); err != nil {
					return nil, wrap("read when the window of "+name.ID()+" ends", err)
				}
			}
			all = append(all, run)
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return all, nil
		}
	}
}
