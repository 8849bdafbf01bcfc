package workflows_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/temporalx/temporaltest"
)

// A new execution is due while events flood in, a message is being sent and the callback is dead:
// what the server has taken is in the journal or in the state that is carried, and no signal is
// left behind.
func TestConversationContinuesUnderFlood(t *testing.T) {
	const chunks, each = 200, 10
	o := newOutside()
	var told, next int
	var state *conversation.State
	for next = 0; told < chunks*each; next++ {
		k := againTalker(t, o)
		k.dead = next%2 == 0
		k.SetContinueAsNewSuggested(false)
		if next == 0 {
			k.opened(0)
		}
		for i := range 50 {
			k.at(time.Duration(i)*time.Millisecond, func() {
				if !k.IsWorkflowCompleted() {
					k.SignalWorkflow(contract.SignalEvents, contract.EventsIn{Events: texts(told, told+each)})
					told += each
				}
			})
		}
		o.next["main"] = 1_000_000 + next
		sent := k.say(10*time.Millisecond, contract.UpdateSend, contract.SendIn{IdemKey: fmt.Sprint("k", next), Text: "x"})
		k.at(20*time.Millisecond, func() { k.SetContinueAsNewSuggested(true) })
		k.at(60*time.Millisecond, func() { k.SignalWorkflow(contract.SignalRelay, nil) })
		k.runTalk(state)
		in := k.continues()
		state = in.State
		require.Equal(t, k.settings, *in.Settings)
		require.True(t, sent.done)
		require.NoError(t, sent.err)
		require.Equal(t, int64(len(o.journal)), state.Next)
		// A signal that meets the very end fails the task on a server and is given to it again
		// (see TestConversationFloodOnServer); the environment drops it.
		require.LessOrEqual(t, told-state.Readings[0].Next, each, "what was taken before the end is carried")
		told = state.Readings[0].Next
	}
	require.Greater(t, next, 2)
	k := againTalker(t, o)
	k.dead = false
	k.deaf = true
	k.tell(20*time.Minute, closing(1))
	k.runTalk(state)
	require.NoError(t, k.GetWorkflowError())
	numbers := k.numbers()
	for i, n := range numbers[:told] {
		require.Equal(t, i, n)
	}
	require.Len(t, numbers, told+next, "what was sent is there, too")
	// A relay that had posted when it was cancelled is repeated: at least once, and in order.
	require.True(t, inOrder(k.posted))
	require.Equal(t, int64(len(k.journal)-1), slices.Max(k.posted))
}

// An execution that was terminated while it wrote left more in the journal than the next one
// knew when it began: that one goes on at the end, and loses nothing of its own.
func TestConversationRebases(t *testing.T) {
	k := newTalker(t)
	k.appends = func() {
		if len(k.journal) == 1 { // the other's last batch arrives
			e := text(1)
			k.journal = append(k.journal, conversation.Entry{Position: 1, Event: &e})
		}
	}
	k.tell(0, text(0))
	k.tell(time.Second, text(2), text(1), text(3))
	k.tell(2*time.Second, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, []int{0, 1, 2, 3}, k.numbers())
}

// A step of the relay that is cancelled because the conversation continues as new, and fails, is
// not tried again by the server: the next execution begins it anew, though nothing new is said.
func TestConversationRelayFailsAtTheEnd(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	k := talkingOnServer(t, temporaltest.Options{Dynamic: []string{"limit.historyCount.suggestContinueAsNew=20"}})
	cancelled := make(chan error)
	k.relays = func() error { return <-cancelled }
	k.signal(ctx, contract.SignalOpened, contract.Opened{Consumer: "kim", Participant: "consumer", At: time.Now()})
	said := 0
	for ; !k.relayIsCancelled(ctx); said++ {
		k.signal(ctx, contract.SignalEvents, contract.EventsIn{Events: texts(said, said+1)})
		k.written(said + 1)
	}
	cancelled <- temporal.NewApplicationError("the worker is asked to stop", string(fault.Upstream))
	close(cancelled)
	k.complete(said)
	require.Empty(t, k.view(ctx).Stalled)
}

// relayIsCancelled reports that the server asks the relay's step to end.
func (k *talkOnServer) relayIsCancelled(ctx context.Context) bool {
	d, err := k.client.DescribeWorkflowExecution(ctx, contract.ConversationID(talkRef.Account, talkRef.Conversation), "")
	require.NoError(k.t, err)
	return slices.ContainsFunc(d.PendingActivities, func(a *workflowpb.PendingActivityInfo) bool {
		return a.ActivityType.GetName() == contract.ActivityRelay && a.State == enumspb.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED
	})
}

// written waits until the journal has so many messages.
func (k *talkOnServer) written(messages int) {
	require.Eventually(k.t, func() bool {
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.messages() >= messages
	}, 2*time.Minute, 10*time.Millisecond)
}
