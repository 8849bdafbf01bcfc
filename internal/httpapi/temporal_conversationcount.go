package httpapi

import (
	"context"
	"fmt"
	"sync/atomic"

	"transporter/internal/contract"
	"transporter/internal/fault"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"golang.org/x/sync/errgroup"
)

// beginningsAtOnce is how many conversations are looked at side by side.
const beginningsAtOnce = 8

// OpenConversations asks visibility for all that are open, and each of them for its app, which only its
// beginning says.
func (t *Temporal) OpenConversations(ctx context.Context, accountID, app string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, updateTimeout)
	defer cancel()
	query := fmt.Sprintf("WorkflowType = '%s' AND %s = '%s' AND ExecutionStatus = 'Running' AND %s IN ('%s', '%s')",
		contract.WorkflowConversation, contract.AttrAccount, accountID,
		contract.AttrConversationState, contract.ConversationOpen, contract.ConversationSurvey)
	var n atomic.Int64
	var look errgroup.Group
	look.SetLimit(beginningsAtOnce)
	err := t.visit(ctx, query, 0, func(e *Execution) {
		look.Go(func() error {
			through, err := t.appOf(ctx, e)
			if err == nil && through == app {
				n.Add(1)
			}
			return err
		})
	})
	looked := look.Wait()
	if ctx.Err() != nil {
		return 0, fault.New(fault.Upstream, "the account has too many open conversations to count those of the app within a minute").
			WithFix("close them, or use force")
	}
	if err == nil {
		err = t.classify("count conversations", looked)
	}
	return int(n.Load()), err
}

// appOf returns the app with which an execution of a conversation began.
func (t *Temporal) appOf(ctx context.Context, e *Execution) (string, error) {
	page, err := t.client.WorkflowService().GetWorkflowExecutionHistory(ctx, &workflowservice.GetWorkflowExecutionHistoryRequest{
		Namespace: t.namespace, Execution: &common.WorkflowExecution{WorkflowId: e.WorkflowID, RunId: e.RunID}, MaximumPageSize: 1,
	})
	if err != nil {
		return "", err
	}
	var in struct {
		App string `json:"app"`
	}
	for _, event := range page.GetHistory().GetEvents() {
		if began := event.GetWorkflowExecutionStartedEventAttributes(); began != nil {
			return in.App, t.data.FromPayloads(began.GetInput(), &in)
		}
	}
	return "", fmt.Errorf("the beginning of %s is not kept", e.WorkflowID)
}
