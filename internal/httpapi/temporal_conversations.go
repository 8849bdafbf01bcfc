package httpapi

import (
	"context"
	"errors"
	"time"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/temporalx"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
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
	var begin client.WithStartWorkflowOperation
	if ref.App != "" {
		begin = temporalx.ConversationAgain(t.client, ref)
	}
	return out, t.update(ctx, contract.ConversationID(ref.Account, ref.Conversation), update, in, &out, begin)
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
