//go:build soak

package workflows_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/temporalx/temporaltest"
)

const longLife = 20_000

// Twenty thousand messages of one conversation on a real server with its own limits: every
// execution's history stays short, the state small, and the journal is whole.
func TestConversationLongLifeOnServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	k := talkingOnServer(t, temporaltest.Options{})
	const messages, each = longLife, 4
	k.history = texts(0, messages)
	for n := 0; n < messages; n += each {
		k.signal(ctx, contract.SignalEvents, contract.EventsIn{Events: texts(n, n+each)})
	}
	require.Eventually(t, func() bool {
		k.mu.Lock()
		defer k.mu.Unlock()
		return len(k.journal) >= messages && len(k.posted) >= len(k.journal)
	}, 5*time.Minute, time.Second)
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, n := range k.numbers(t) {
		require.Equal(t, i, n)
	}
	require.Len(t, k.numbers(t), messages)
	longest := int64(0)
	k.ran.Range(func(id, _ any) bool {
		d, err := k.client.DescribeWorkflowExecution(ctx, contract.ConversationID(talkRef.Account, talkRef.Conversation), id.(string))
		require.NoError(t, err)
		longest = max(longest, d.WorkflowExecutionInfo.HistoryLength)
		return true
	})
	text, err := json.Marshal(k.stored)
	require.NoError(t, err)
	t.Logf("%d executions, the longest history has %d events, the state %d bytes", k.executions(), longest, len(text))
	require.Less(t, longest, int64(8_000))
	require.Less(t, len(text), 256<<10)
}

// An operator terminates a conversation in the middle: the next event starts it again at the end
// of its journal, and the history brings what the dead execution had taken and not written.
func TestConversationTerminatedOnServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	k := talkingOnServer(t, temporaltest.Options{})
	k.history = texts(0, 101)
	k.signal(ctx, contract.SignalOpened, contract.Opened{Consumer: "kim", Participant: "consumer", At: time.Now()})
	require.Eventually(t, func() bool {
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.stored != nil
	}, 2*time.Minute, 20*time.Millisecond)
	for n := range 100 {
		k.signal(ctx, contract.SignalEvents, contract.EventsIn{Events: []conversation.Event{text(n)}})
		if n%30 == 29 {
			_ = k.client.TerminateWorkflow(ctx, contract.ConversationID(talkRef.Account, talkRef.Conversation), "", "a test")
		}
	}
	k.signal(ctx, contract.SignalEvents, contract.EventsIn{Events: []conversation.Event{text(100)}})
	k.complete(101)
	require.Equal(t, "kim", k.view(ctx).Consumer)
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, n := range k.numbers(t) {
		require.Equal(t, i, n)
	}
	require.True(t, inOrder(k.posted))
}
