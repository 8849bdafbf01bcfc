package httpapi

import (
	"context"
	"errors"

	"transporter/internal/contract"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

// OpenConversation runs the workflow of the idempotency key, or follows the one that runs, or ran.
// One that failed is run again, and told what the one before may have done.
func (t *Temporal) OpenConversation(ctx context.Context, in contract.OpenIn) (out contract.OpenOut, err error) {
	ctx, cancel := context.WithTimeout(ctx, updateTimeout)
	defer cancel()
	run, err := t.startOpen(ctx, in, enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
	var ran *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &ran) {
		run = t.client.GetWorkflow(ctx, contract.OpenID(in.Account, in.IdemKey), ran.RunId)
		var failed *temporal.WorkflowExecutionError
		if err = run.Get(ctx, &out); !errors.As(err, &failed) {
			return out, t.classify("open conversation", err)
		}
		if in.Doubt, err = t.leftBy(ctx, run, failed); err == nil {
			run, err = t.startOpen(ctx, in, enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY)
		}
	}
	if err == nil {
		if err = run.Get(ctx, &out); ctx.Err() != nil {
			return out, goesOn("the conversation is not open yet", err)
		}
	}
	return out, t.classify("open conversation", err)
}

func (t *Temporal) startOpen(ctx context.Context, in contract.OpenIn, reuse enums.WorkflowIdReusePolicy) (client.WorkflowRun, error) {
	return t.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: contract.OpenID(in.Account, in.IdemKey), TaskQueue: contract.QueueWorkflows,
		WorkflowIDReusePolicy:    reuse,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		// A first start must be told from one that there was.
		WorkflowExecutionErrorWhenAlreadyStarted: reuse == enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		StaticSummary:                            "open a conversation",
	}, contract.WorkflowOpenConversation, in)
}

// leftBy returns what a run that failed leaves to the next; nil: nothing that it must know. One that
// an operator ended says nothing, and may have done anything since it began.
func (t *Temporal) leftBy(ctx context.Context, run client.WorkflowRun, failed *temporal.WorkflowExecutionError) (*contract.Doubt, error) {
	var d contract.Doubt
	var app *temporal.ApplicationError
	if errors.As(failed, &app) && app.HasDetails() {
		if err := app.Details(&d); err != nil || d.None() {
			return nil, err
		}
		return &d, nil
	}
	about, err := t.client.DescribeWorkflowExecution(ctx, run.GetID(), run.GetRunID())
	if err != nil {
		return nil, err
	}
	is := about.GetWorkflowExecutionInfo()
	return &contract.Doubt{Since: is.GetStartTime().AsTime().UnixMilli(), Maybe: is.GetCloseTime().AsTime().UnixMilli(), Unknown: true}, nil
}
