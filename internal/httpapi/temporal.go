package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/human"
	"transporter/internal/temporalx"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
)

const (
	// queryTimeout and updateTimeout bound the wait for a worker. An update may write a
	// schedule or test a slow server; a repeat with the same IdemKey is safe.
	queryTimeout  = 30 * time.Second
	updateTimeout = 60 * time.Second
	// maxSummary bounds a summary in bytes: the server takes 400, after encryption.
	maxSummary = 200
	// pageSize of visibility lists.
	pageSize = 1000
)

// Temporal implements Accounts and Runs. It is safe for concurrent use.
type Temporal struct {
	client    client.Client
	accounts  *temporalx.Accounts
	namespace string
	data      converter.DataConverter
	failure   converter.FailureConverter
	ui        string   // base address of the Temporal UI
	gates     sync.Map // workflow ID → chan struct{} of maxUpdates
}

// TemporalConfig is what a Temporal needs. Data and Failure are the client's converters.
type TemporalConfig struct {
	Client    client.Client
	Namespace string
	Data      converter.DataConverter
	Failure   converter.FailureConverter
	UI        string // such as http://127.0.0.1:8233
}

// NewTemporal returns the ports over the client.
func NewTemporal(c TemporalConfig) *Temporal {
	return &Temporal{
		client: c.Client, accounts: temporalx.NewAccounts(c.Client), namespace: c.Namespace,
		data: c.Data, failure: c.Failure, ui: strings.TrimRight(c.UI, "/"),
	}
}

// List returns the ids of the open accounts in ascending order, as visibility knows them:
// a new account may take a second to appear.
func (t *Temporal) List(ctx context.Context) ([]string, error) {
	query := fmt.Sprintf("WorkflowType = '%s' AND ExecutionStatus = 'Running'", contract.WorkflowAccount)
	var ids []string
	err := t.visit(ctx, query, 0, func(e *Execution) {
		if id, ok := strings.CutPrefix(e.WorkflowID, contract.AccountID("")); ok {
			ids = append(ids, id)
		}
	})
	slices.Sort(ids)
	return ids, err
}

// Snapshot asks the entity.
func (t *Temporal) Snapshot(ctx context.Context, id string) (account.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	snap, err := t.accounts.Read(ctx, id)
	return snap, t.classify("read account", err)
}

// Create starts the entity and makes the account in it, as one call.
func (t *Temporal) Create(ctx context.Context, in contract.CreateIn) error {
	ctx, cancel := context.WithTimeout(ctx, updateTimeout)
	defer cancel()
	start := t.client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: contract.AccountID(in.Account), TaskQueue: contract.QueueWorkflows,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, // a closed account stays closed
		StaticSummary:            human.Clip(in.Description, maxSummary),
	}, contract.WorkflowAccount, contract.AccountState{})
	handle, err := t.client.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateName: contract.UpdateCreate, Args: []any{in},
			WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err == nil {
		err = handle.Get(ctx, nil)
	}
	return t.classify("create account", err)
}

// Update sends an update when fewer than maxUpdates of this account are in flight.
func (t *Temporal) Update(ctx context.Context, id, update string, in, out any) error {
	return t.update(ctx, contract.AccountID(id), update, in, out, nil)
}

// Ready asks Temporal for its health and for pollers of the workflow queue.
func (t *Temporal) Ready(ctx context.Context) error {
	if _, err := t.client.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return t.classify("check Temporal", err)
	}
	queue, err := t.client.DescribeTaskQueue(ctx, contract.QueueWorkflows, enums.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return t.classify("look for workers", err)
	}
	if len(queue.GetPollers()) == 0 {
		return noWorker(nil)
	}
	return nil
}

// Link returns the execution's page in the Temporal UI.
func (t *Temporal) Link(workflowID, runID string) string {
	link := t.ui + "/namespaces/" + url.PathEscape(t.namespace) + "/workflows/" + url.PathEscape(workflowID)
	if runID != "" {
		link += "/" + url.PathEscape(runID)
	}
	return link
}

// classify turns what Temporal said into a fault. An application error is a refusal of the
// entity: its type is the kind.
func (t *Temporal) classify(what string, err error) error {
	var app *temporal.ApplicationError
	var late *client.WorkflowUpdateServiceTimeoutOrCanceledError
	var absent *serviceerror.NotFound
	var namespace *serviceerror.NamespaceNotFound
	var noPoller *serviceerror.FailedPrecondition
	var query *serviceerror.QueryFailed
	var down *serviceerror.Unavailable
	switch {
	case err == nil:
		return nil
	case errors.As(err, &app):
		return fault.New(fault.Kind(app.Type()), "%s", app.Message())
	case errors.As(err, &namespace):
		return fault.New(fault.Upstream, "%s: Temporal has no namespace %q: %w", what, t.namespace, err).
			WithFix("run: starter bootstrap")
	case errors.As(err, &absent):
		return fault.New(fault.NotFound, "%s: %w", what, err)
	case errors.As(err, &query):
		return fault.New(fault.Upstream, "%s: the worker cannot answer: %w", what, err).WithFix("look at the worker's log")
	case errors.As(err, &noPoller), errors.As(err, &late), errors.Is(err, context.DeadlineExceeded), unanswered(err):
		return noWorker(err)
	case errors.As(err, &down):
		return fault.New(fault.Upstream, "%s: Temporal does not answer: %w", what, err).
			WithFix("start the Temporal server, or correct TEMPORAL_ADDRESS")
	}
	return fault.New(fault.Upstream, "%s: %w", what, err).WithFix("look at the Temporal server")
}

// unanswered reports that the server gave up waiting for a worker, or that the worker
// ended while it was asked.
func unanswered(err error) bool {
	var deadline *serviceerror.DeadlineExceeded
	var canceled *serviceerror.Canceled
	return errors.As(err, &deadline) || errors.As(err, &canceled)
}

func noWorker(err error) error {
	const text = "no worker answers on task queue " + contract.QueueWorkflows
	f := fault.New(fault.Upstream, text)
	f.Err = err
	return f.WithFix("start one: worker --roles workflows; if one runs, the Temporal UI shows what it waits for")
}

// visit calls f for the executions that the visibility query finds, newest first, at most
// limit of them; zero is all.
func (t *Temporal) visit(ctx context.Context, query string, limit int, f func(*Execution)) error {
	var token []byte
	for seen := 0; ; {
		size := pageSize
		if limit > 0 {
			size = min(pageSize, limit-seen)
		}
		page, err := t.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: t.namespace, PageSize: int32(size), NextPageToken: token, Query: query,
		})
		if err != nil {
			return t.classify("list executions", err)
		}
		for _, info := range page.GetExecutions() {
			f(executionOf(info))
			seen++
		}
		token = page.GetNextPageToken()
		if len(token) == 0 || (limit > 0 && seen >= limit) {
			return nil
		}
	}
}
