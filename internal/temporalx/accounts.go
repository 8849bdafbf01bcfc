package temporalx

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
)

// Accounts reads Account entities.
type Accounts struct {
	client    client.Client
	snapshots together[converter.EncodedValue]
}

// NewAccounts returns a reader over the client.
func NewAccounts(c client.Client) *Accounts {
	a := &Accounts{client: c}
	a.snapshots.ask = func(ctx context.Context, id string) (converter.EncodedValue, error) {
		return c.QueryWorkflow(ctx, contract.AccountID(id), "", contract.QuerySnapshot)
	}
	return a
}

// List returns the ids of the open accounts, as visibility knows them.
func (a *Accounts) List(ctx context.Context) ([]string, error) {
	var ids []string
	var token []byte
	for {
		page, err := a.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			PageSize: openPage, NextPageToken: token,
			Query: fmt.Sprintf("WorkflowType = '%s' AND ExecutionStatus = 'Running'", contract.WorkflowAccount),
		})
		if err != nil {
			return nil, wrap("list accounts", err)
		}
		for _, e := range page.GetExecutions() {
			if id, ok := strings.CutPrefix(e.GetExecution().GetWorkflowId(), contract.AccountID("")); ok {
				ids = append(ids, id)
			}
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return ids, nil
		}
	}
}

// SetTaskState enables or disables a task by an update of the entity; a version that is not
// the task's any more is fault.Conflict.
func (a *Accounts) SetTaskState(ctx context.Context, id string, in contract.SetTaskStateIn) error {
	handle, err := a.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: contract.AccountID(id), UpdateName: contract.UpdateSetTaskState, Args: []any{in},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, nil)
	}
	var refused *temporal.ApplicationError
	if errors.As(err, &refused) {
		return fault.New(fault.Kind(refused.Type()), "%s", refused.Message())
	}
	return wrap("set the state of task "+in.ID, err)
}

// Read returns everything of the account as its entity says it is now, secrets sealed; errors
// are Temporal's own. Calls at one time share a query, which is made after each of them began:
// every step of every run asks, a backfill has many runs of one account, and a server keeps
// few queries for an entity that is busy.
func (a *Accounts) Read(ctx context.Context, id string) (account.Snapshot, error) {
	var s account.Snapshot
	answer, err := a.snapshots.get(ctx, id)
	if err != nil {
		return s, err //nolint:wrapcheck // the caller knows what it was for
	}
	return s, answer.Get(&s)
}

// Snapshot is Read for a worker. An account that does not exist or is closed is
// fault.NotFound; no worker to answer is fault.Upstream.
func (a *Accounts) Snapshot(ctx context.Context, id string) (account.Snapshot, error) {
	s, err := a.Read(ctx, id)
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing):
		return s, fault.New(fault.NotFound, "account %q does not exist", id)
	case err != nil:
		return s, fault.New(fault.Upstream, "read account %q: %w", id, err).
			WithFix("check that a worker with the workflows role is running")
	case !s.Created:
		return s, fault.New(fault.NotFound, "account %q does not exist", id)
	case s.Closed:
		return s, fault.New(fault.NotFound, "account %q is closed", id)
	}
	return s, nil
}
