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
// One that failed is run again, and told what those before may have done. A key under which something
// else was asked for is fault.Conflict.
func (t *Temporal) OpenConversation(ctx context.Context, in contract.OpenIn) (out contract.OpenOut, err error) {
	ctx, cancel := context.WithTimeout(ctx, updateTimeout)
	defer cancel()
	run, err := t.startOpen(ctx, in, enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
	var used *serviceerror.WorkflowExecutionAlreadyStarted
	switch {
	case errors.As(err, &used):
		return t.openAgain(ctx, in, used.RunId)
	case err != nil:
		return out, t.classify(openWhat, err)
	}
	err = run.Get(ctx, &out)
	return out, t.unopened(ctx, err)
}

// openWhat is what is done, in the texts of errors.
const openWhat = "open conversation"

// openAgain follows the run of a key that was used before, and begins another if that failed.
func (t *Temporal) openAgain(ctx context.Context, in contract.OpenIn, runID string) (out contract.OpenOut, err error) {
	run := t.client.GetWorkflow(ctx, contract.OpenID(in.Account, in.IdemKey), runID)
	before, err := t.askedFor(ctx, run)
	if err != nil {
		return out, t.classify(openWhat, err)
	}
	if err := sameOpening(before, in); err != nil {
		return out, err
	}
	var failed *temporal.WorkflowExecutionError
	switch err = run.Get(ctx, &out); {
	case err == nil:
		return out, sameMessage(before, in, out.Conversation)
	case !errors.As(err, &failed):
		return out, t.unopened(ctx, err)
	}
	if in.Doubt, err = t.leftBy(ctx, run, before, failed); err == nil {
		run, err = t.startOpen(ctx, in, enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY, enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
	}
	if err != nil {
		return out, t.classify(openWhat, err)
	}
	err = run.Get(ctx, &out)
	return out, t.unopened(ctx, err)
}

// unopened says why there is no answer yet, or none; nil: there is one.
func (t *Temporal) unopened(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return goesOn("the conversation is not open yet", err)
	}
	return t.classify(openWhat, err)
}

func (t *Temporal) startOpen(ctx context.Context, in contract.OpenIn, reuse enums.WorkflowIdReusePolicy, conflict enums.WorkflowIdConflictPolicy) (client.WorkflowRun, error) {
	return t.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: contract.OpenID(in.Account, in.IdemKey), TaskQueue: contract.QueueWorkflows,
		WorkflowIDReusePolicy: reuse, WorkflowIDConflictPolicy: conflict,
		// A first start must be told from one that there was.
		WorkflowExecutionErrorWhenAlreadyStarted: reuse == enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		StaticSummary:                            "open a conversation",
	}, contract.WorkflowOpenConversation, in)
}
