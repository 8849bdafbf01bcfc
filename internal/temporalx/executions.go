package temporalx

import (
	"context"
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
)

// Executions tells how workflows stand.
type Executions struct {
	client client.Client
	data   converter.DataConverter
}

// NewExecutions returns a reader over the client, whose data converter it is given.
func NewExecutions(c client.Client, data converter.DataConverter) *Executions {
	return &Executions{c, data}
}

// Closed reports whether the newest execution of the workflow has ended; one that never
// was, or that retention has removed, counts as ended. Strongly consistent.
func (e *Executions) Closed(ctx context.Context, workflowID string) (bool, error) {
	d, err := e.client.DescribeWorkflowExecution(ctx, workflowID, "")
	if missing := new(serviceerror.NotFound); errors.As(err, &missing) {
		return true, nil
	}
	if err != nil {
		return false, wrap("describe workflow "+workflowID, err)
	}
	return d.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}
