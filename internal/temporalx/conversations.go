package temporalx

import (
	"context"
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/conversation"
)

// Conversations tells Conversation workflows what happened.
type Conversations struct{ client client.Client }

// NewConversations returns them over the client.
func NewConversations(c client.Client) *Conversations { return &Conversations{c} }

// ConversationStart returns the options under which whatever reaches a conversation first begins
// its workflow: one of a conversation at a time, and again after it has ended, for an event may
// come later still.
func ConversationStart(ref contract.ConversationRef) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: contract.ConversationID(ref.Account, ref.Conversation), TaskQueue: contract.QueueWorkflows,
		StaticSummary:         "conversation " + ref.Conversation,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword(contract.AttrAccount).ValueSet(ref.Account),
			temporal.NewSearchAttributeKeyKeyword(contract.AttrConversationState).ValueSet(contract.ConversationOpen),
		),
	}
}

// ConversationAgain begins the workflow of a conversation for an update, if it has ended.
func ConversationAgain(c client.Client, ref contract.ConversationRef) client.WithStartWorkflowOperation {
	start := ConversationStart(ref)
	start.WorkflowIDConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	return c.NewWithStartWorkflowOperation(start, contract.WorkflowConversation, conversationIn(ref))
}

func conversationIn(ref contract.ConversationRef) contract.ConversationIn {
	return contract.ConversationIn{Account: ref.Account, App: ref.App, Conversation: ref.Conversation}
}

// Opened tells the conversation's workflow who holds it, and begins the workflow if no event has.
// A repeat changes nothing.
func (c *Conversations) Opened(ctx context.Context, ref contract.ConversationRef, o contract.Opened) error {
	return wrap("tell conversation "+ref.Conversation+" who holds it", c.signal(ctx, ref, contract.SignalOpened, o))
}

// Deliver tells the conversation's workflow events, and begins it if nothing has. They are durable
// when it returns nil, with or without workers. After an error they may be; to repeat them is
// harmless, because the workflow knows events by their keys.
func (c *Conversations) Deliver(ctx context.Context, ref contract.ConversationRef, events []conversation.Event) error {
	return wrap("tell conversation "+ref.Conversation+" of events", c.signal(ctx, ref, contract.SignalEvents, contract.EventsIn{Events: events}))
}

// RelayAgain has a relay that gave up begin again, also of a conversation whose workflow has ended:
// that is begun anew. A repeat changes nothing.
func (c *Conversations) RelayAgain(ctx context.Context, ref contract.ConversationRef) error {
	return wrap("relay conversation "+ref.Conversation+" again", c.signal(ctx, ref, contract.SignalRelay, nil))
}

// RelayFails tells the conversation's workflow that its callback does not take what it is sent. One that has
// ended needs not be told.
func (c *Conversations) RelayFails(ctx context.Context, ref contract.ConversationRef, f contract.RelayFails) error {
	err := c.client.SignalWorkflow(ctx, contract.ConversationID(ref.Account, ref.Conversation), "", contract.SignalRelayFails, f)
	var over *serviceerror.NotFound
	if errors.As(err, &over) {
		return nil
	}
	return wrap("tell conversation "+ref.Conversation+" that its callback fails", err)
}

func (c *Conversations) signal(ctx context.Context, ref contract.ConversationRef, name string, in any) error {
	start := ConversationStart(ref)
	_, err := c.client.SignalWithStartWorkflow(ctx, start.ID, name, in, start, contract.WorkflowConversation, conversationIn(ref))
	return err
}
