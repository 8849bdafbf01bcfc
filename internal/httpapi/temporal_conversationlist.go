package httpapi

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"transporter/internal/contract"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// ListConversations asks visibility, the latest executions first. Each conversation is told once, as its latest
// execution says: one that an older execution would match is none that was asked for.
func (t *Temporal) ListConversations(ctx context.Context, q ConversationQuery) ([]ConversationLine, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	prefix := contract.ConversationID(q.Account, "")
	seen := map[string]bool{}
	var lines []ConversationLine
	for token := []byte(nil); ; {
		page, err := t.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: t.namespace, PageSize: pageSize, NextPageToken: token, Query: q.visibility(),
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
			if info, err = t.latest(ctx, q, info); err != nil {
				return nil, err
			}
			line := conversationLine(id, info)
			if !q.matches(line) {
				continue
			}
			if lines = append(lines, line); len(lines) == q.Limit {
				return lines, nil
			}
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return lines, nil
		}
	}
}

// visibility finds the executions that match, also those that are not the latest of their conversations.
func (q ConversationQuery) visibility() string {
	query := fmt.Sprintf("WorkflowType = '%s' AND %s = '%s' AND ExecutionStatus != 'ContinuedAsNew'",
		contract.WorkflowConversation, contract.AttrAccount, q.Account)
	if q.State != "" {
		query += fmt.Sprintf(" AND %s = '%s'", contract.AttrConversationState, q.State)
	}
	if q.RelayStopped {
		query += " AND " + contract.AttrRelayStopped + " = true"
	}
	return query
}

func (q ConversationQuery) matches(l ConversationLine) bool {
	return (q.State == "" || l.State == q.State) && (!q.RelayStopped || l.Stopped)
}

// latest returns the latest execution of the workflow. Nothing is later than one that runs, nor than the first
// that is found where every execution is.
func (t *Temporal) latest(ctx context.Context, q ConversationQuery, found *workflow.WorkflowExecutionInfo) (*workflow.WorkflowExecutionInfo, error) {
	if found.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING || q.State == "" && !q.RelayStopped {
		return found, nil
	}
	d, err := t.client.DescribeWorkflowExecution(ctx, found.GetExecution().GetWorkflowId(), "")
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) { // its retention has ended
		return found, nil
	}
	return d.GetWorkflowExecutionInfo(), t.classify("list conversations", err)
}

func conversationLine(id string, info *workflow.WorkflowExecutionInfo) ConversationLine {
	line := ConversationLine{
		ID: id, Active: info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING, Started: info.GetStartTime().AsTime(),
	}
	attributes := info.GetSearchAttributes().GetIndexedFields()
	attribute(attributes, contract.AttrConversationState, &line.State)
	attribute(attributes, contract.AttrRelayStopped, &line.Stopped)
	return line
}
