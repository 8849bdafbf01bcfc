package temporalx

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/human"
)

// verbCancel is what ends a backfill.
const verbCancel = "cancel"

// maxID is as much of a backfill's id as a text repeats.
const maxID = 64

// Backfills starts, reads and steers Backfill workflows.
type Backfills struct{ client client.Client }

// NewBackfills returns them over the client.
func NewBackfills(c client.Client) *Backfills { return &Backfills{c} }

// Start begins the backfill; one of the same id that exists already is left as it is.
// Idempotent.
func (b *Backfills) Start(ctx context.Context, in contract.BackfillIn) error {
	_, err := b.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: contract.BackfillID(in.Account, in.Task, in.ID), TaskQueue: contract.QueueWorkflows,
		StaticSummary:         human.Clip("backfill: "+in.Reason, maxSummary),
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		Priority:              temporal.Priority{PriorityKey: contract.PriorityBackfill, FairnessKey: in.Account},
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword(contract.AttrAccount).ValueSet(in.Account),
			temporal.NewSearchAttributeKeyKeyword(contract.AttrTask).ValueSet(in.Task),
			temporal.NewSearchAttributeKeyKeyword(contract.AttrTrigger).ValueSet(contract.TriggerBackfill),
		),
	}, contract.WorkflowBackfill, in)
	if exists := new(serviceerror.WorkflowExecutionAlreadyStarted); errors.As(err, &exists) {
		return nil
	}
	return wrap("start backfill "+in.ID, err)
}

// Stop cancels every open backfill of the task; runs that they started go on. One that
// visibility does not show yet ends by itself: it asks the ledger.
func (b *Backfills) Stop(ctx context.Context, accountID, taskID string) error {
	ids, err := b.list(ctx, accountID, taskID, " AND ExecutionStatus = 'Running'")
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := b.cancel(ctx, accountID, taskID, id); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// Running reports whether the task has an open backfill, also a paused one, as visibility
// knows.
func (b *Backfills) Running(ctx context.Context, accountID, taskID string) (bool, error) {
	ids, err := b.list(ctx, accountID, taskID, " AND ExecutionStatus = 'Running'")
	return len(ids) > 0, err
}

// List returns the ids of the task's backfills that Temporal still knows, newest first.
func (b *Backfills) List(ctx context.Context, accountID, taskID string) ([]string, error) {
	return b.list(ctx, accountID, taskID, "")
}

func (b *Backfills) list(ctx context.Context, accountID, taskID, and string) ([]string, error) {
	prefix := contract.BackfillID(accountID, taskID, "")
	seen := map[string]bool{} // a continued execution has the same id
	var ids []string
	var token []byte
	for {
		page, err := b.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			PageSize: openPage, NextPageToken: token,
			Query: fmt.Sprintf("WorkflowType = '%s' AND %s = '%s' AND %s = '%s'%s", contract.WorkflowBackfill,
				contract.AttrAccount, accountID, contract.AttrTask, taskID, and),
		})
		if err != nil {
			return nil, wrap("list backfills", err)
		}
		for _, e := range page.GetExecutions() {
			id := e.GetExecution().GetWorkflowId()
			if len(id) > len(prefix) && !seen[id] {
				seen[id] = true
				ids = append(ids, id[len(prefix):])
			}
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return ids, nil
		}
	}
}

// Progress returns how far the backfill is, or how it ended. One that does not exist is
// fault.NotFound.
func (b *Backfills) Progress(ctx context.Context, accountID, taskID, id string) (contract.BackfillProgress, error) {
	var p contract.BackfillProgress
	answer, err := b.client.QueryWorkflow(ctx, contract.BackfillID(accountID, taskID, id), "", contract.QueryProgress)
	if err == nil {
		err = answer.Get(&p)
	}
	return p, known("read", id, err)
}

// Pause lets the backfill start no further run. Idempotent; of one that has ended it is
// fault.Conflict.
func (b *Backfills) Pause(ctx context.Context, accountID, taskID, id string) error {
	return b.signal(ctx, accountID, taskID, id, contract.SignalPause)
}

// Resume lets a paused backfill go on, as Pause.
func (b *Backfills) Resume(ctx context.Context, accountID, taskID, id string) error {
	return b.signal(ctx, accountID, taskID, id, contract.SignalResume)
}

func (b *Backfills) signal(ctx context.Context, accountID, taskID, id, name string) error {
	err := b.client.SignalWorkflow(ctx, contract.BackfillID(accountID, taskID, id), "", name, nil)
	return b.steered(ctx, accountID, taskID, id, name, known(name, id, err))
}

// Cancel ends the backfill; runs that it started go on. Idempotent; of one that has ended by
// itself it is fault.Conflict.
func (b *Backfills) Cancel(ctx context.Context, accountID, taskID, id string) error {
	return b.steered(ctx, accountID, taskID, id, verbCancel, b.cancel(ctx, accountID, taskID, id))
}

func (b *Backfills) cancel(ctx context.Context, accountID, taskID, id string) error {
	return known(verbCancel, id, b.client.CancelWorkflow(ctx, contract.BackfillID(accountID, taskID, id), ""))
}

// steered explains that something was not found which only an open backfill takes: Temporal
// says that of one that has ended as of one that never was.
func (b *Backfills) steered(ctx context.Context, accountID, taskID, id, verb string, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	p, gone := b.Progress(ctx, accountID, taskID, id)
	switch {
	case gone != nil:
		return gone
	case verb == verbCancel && p.State == contract.StateCancelled:
		return nil
	}
	return fault.New(fault.Conflict, "the backfill is %s: there is nothing to %s", p.State, verb)
}

// known classifies the error of a call for one backfill.
func known(verb, id string, err error) error {
	if missing := new(serviceerror.NotFound); errors.As(err, &missing) {
		return fault.New(fault.NotFound, "there is no backfill %q of this task", human.Clip(id, maxID)).
			WithField("path.b").WithFix("list the backfills of the task: Temporal forgets those that ended long ago")
	}
	return wrap(verb+" backfill "+id, err)
}
