package temporalx_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
)

// signals counts what the newest execution of the workflow was told.
func signals(t *testing.T, c client.Client, id string) (n int) {
	t.Helper()
	for events := c.GetWorkflowHistory(t.Context(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		require.NoError(t, err)
		if e.GetWorkflowExecutionSignaledEventAttributes().GetSignalName() == contract.SignalOpened {
			n++
		}
	}
	return n
}

// Whatever comes first begins the one workflow of a conversation, also after it has ended.
func TestConversationIsOneWorkflow(t *testing.T) {
	c := temporaltest.Start(t, temporaltest.Options{}).Client()
	conversations := temporalx.NewConversations(c)
	ref := contract.ConversationRef{Account: "acme", App: "app", Conversation: "c-1"}
	id := contract.ConversationID("acme", "c-1")
	opened := contract.Opened{Consumer: "channel-7", Participant: "p", At: time.Now()}

	require.NoError(t, conversations.Opened(t.Context(), ref, opened))
	first, err := c.DescribeWorkflowExecution(t.Context(), id, "")
	require.NoError(t, err)
	require.Equal(t, contract.WorkflowConversation, first.WorkflowExecutionInfo.Type.Name)
	require.Contains(t, first.WorkflowExecutionInfo.SearchAttributes.IndexedFields, contract.AttrConversationState)

	require.NoError(t, conversations.Opened(t.Context(), ref, opened))
	require.Equal(t, 2, signals(t, c, id), "both reach the one that runs")

	require.NoError(t, c.TerminateWorkflow(t.Context(), id, "", "it has ended"))
	require.NoError(t, conversations.Opened(t.Context(), ref, opened))
	again, err := c.DescribeWorkflowExecution(t.Context(), id, "")
	require.NoError(t, err)
	require.NotEqual(t, first.WorkflowExecutionInfo.Execution.RunId, again.WorkflowExecutionInfo.Execution.RunId)
	require.Equal(t, 1, signals(t, c, id))
}

// Events are durable when nobody works: they are in the history, in their order.
func TestEventsAreDurableWithoutAWorker(t *testing.T) {
	server := temporaltest.Start(t, temporaltest.Options{})
	c, data := server.Client(), temporalx.DataConverter(server.Keys, server.Namespace)
	conversations := temporalx.NewConversations(c)
	ref := contract.ConversationRef{Account: "acme", App: "app", Conversation: "c-1"}
	for i := range 3 {
		require.NoError(t, conversations.Deliver(t.Context(), ref, []conversation.Event{
			{Key: conversation.NumberedKey("c-1", 2*i), Sequence: 2 * i}, {Key: conversation.NumberedKey("c-1", 2*i+1), Sequence: 2*i + 1},
		}))
	}
	var sequences []int
	for events := c.GetWorkflowHistory(t.Context(), contract.ConversationID("acme", "c-1"), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		require.NoError(t, err)
		if signal := e.GetWorkflowExecutionSignaledEventAttributes(); signal.GetSignalName() == contract.SignalEvents {
			var in contract.EventsIn
			require.NoError(t, data.FromPayloads(signal.GetInput(), &in))
			for _, one := range in.Events {
				sequences = append(sequences, one.Sequence)
			}
		}
	}
	require.Equal(t, []int{0, 1, 2, 3, 4, 5}, sequences)
}
