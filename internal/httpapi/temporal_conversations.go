package httpapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/temporalx"

	common "go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// askAgain is how soon a workflow is asked again that has not begun to work.
const askAgain = 50 * time.Millisecond

// goesOn says that what was begun is not done within the time of a request.
func goesOn(what string, err error) error {
	return fault.New(fault.Upstream, "%s: %w", what, err).
		WithFix("repeat the request with the same Idempotency-Key, it goes on meanwhile; if it stays so, the Temporal UI shows what it waits for")
}

// Command sends an update when fewer than maxUpdates of this conversation are in flight.
func (t *Temporal) Command(ctx context.Context, ref contract.ConversationRef, update string, in any) (out contract.SendOut, err error) {
	return out, t.update(ctx, contract.ConversationID(ref.Account, ref.Conversation), update, in, &out)
}

// Conversation asks the workflow; one that has ended answers as long as Temporal keeps it.
func (t *Temporal) Conversation(ctx context.Context, ref contract.ConversationRef) (view conversation.View, err error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	for {
		answer, err := t.client.QueryWorkflow(ctx, contract.ConversationID(ref.Account, ref.Conversation), "", contract.QueryConversation)
		var early *serviceerror.WorkflowNotReady // it has just begun, or just continued as new
		if errors.As(err, &early) && pause(ctx, askAgain) {
			continue
		}
		if err == nil {
			err = answer.Get(&view)
		}
		return view, t.classify("read conversation", err)
	}
}

// pause waits so long; false when the request ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// FetchFile runs the workflow of the file, or follows the one that ran.
func (t *Temporal) FetchFile(ctx context.Context, in contract.FetchFileIn, position int64) (conversation.Blob, error) {
	ctx, cancel := context.WithTimeout(ctx, updateTimeout)
	defer cancel()
	var out contract.FetchFileOut
	run, err := t.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: contract.FileID(in.Account, in.Conversation, position), TaskQueue: contract.QueueWorkflows,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "fetch a file of a conversation",
	}, contract.WorkflowFetchFile, in)
	if err == nil {
		err = run.Get(ctx, &out)
	}
	return out.Blob, t.classify("fetch file", err)
}

// RelayAgain signals the workflow, and begins it where that is possible.
func (t *Temporal) RelayAgain(ctx context.Context, ref contract.ConversationRef) error {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	if ref.App != "" {
		return t.classify("relay again", temporalx.NewConversations(t.client).RelayAgain(ctx, ref))
	}
	err := t.client.SignalWorkflow(ctx, contract.ConversationID(ref.Account, ref.Conversation), "", contract.SignalRelay, nil)
	return t.classify("relay again", err)
}

// ListConversations asks visibility; of the executions of a conversation the latest is told.
func (t *Temporal) ListConversations(ctx context.Context, q ConversationQuery) ([]ConversationLine, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	query := fmt.Sprintf("WorkflowType = '%s' AND %s = '%s' AND ExecutionStatus != 'ContinuedAsNew'",
		contract.WorkflowConversation, contract.AttrAccount, q.Account)
	if q.State != "" {
		query += fmt.Sprintf(" AND %s = '%s'", contract.AttrConversationState, q.State)
	}
	if q.RelayStopped {
		query += " AND " + contract.AttrRelayStopped + " = true"
	}
	prefix := contract.ConversationID(q.Account, "")
	seen := map[string]bool{}
	var lines []ConversationLine
	for token := []byte(nil); ; {
		page, err := t.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: t.namespace, PageSize: pageSize, NextPageToken: token, Query: query,
		})
		if err != nil {
			return nil, t.classify("list conversations", err)
		}
		for _, info := range page.GetExecutions() {
			id, ok := strings.CutPrefix(info.GetExecution().GetWorkflowId(), prefix)
			if !ok || seen[id] {
				continue
			}
			seen[id] = true
			if q.RelayStopped {
				latest, err := t.latest(ctx, info.GetExecution())
				if err != nil {
					return nil, err
				}
				if !latest { // it was begun again since
					continue
				}
			}
			line := ConversationLine{
				ID: id, Active: info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING, Started: info.GetStartTime().AsTime(),
			}
			attribute(info.GetSearchAttributes().GetIndexedFields(), contract.AttrConversationState, &line.State)
			attribute(info.GetSearchAttributes().GetIndexedFields(), contract.AttrRelayStopped, &line.Stopped)
			if lines = append(lines, line); len(lines) == q.Limit {
				return lines, nil
			}
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return lines, nil
		}
	}
}

// latest reports whether no execution of the workflow is newer.
func (t *Temporal) latest(ctx context.Context, e *common.WorkflowExecution) (bool, error) {
	d, err := t.client.DescribeWorkflowExecution(ctx, e.GetWorkflowId(), "")
	return d.GetWorkflowExecutionInfo().GetExecution().GetRunId() == e.GetRunId(), t.classify("list conversations", err)
}
