package workflows_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/conversation"
)

// A channel repeats what it sent hundreds of requests ago: its step is told to look in the journal,
// which has everything that was sent by then; of a message that waits for a number before it the
// conversation knows. A key that is new is not looked for.
func TestConversationForgottenKeys(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.deaf = true
	const messages = 130
	for n := range messages {
		k.say(time.Duration(n+1)*time.Second, contract.UpdateSend, contract.SendIn{IdemKey: fmt.Sprint("k", n), Text: fmt.Sprint(n)})
		if n == 4 {
			k.at(5*time.Second+time.Millisecond, func() { k.next["main"]++ }) // an agent's, which nobody tells of
		}
	}
	k.at(messages*time.Second, func() { require.Len(t, k.calls, messages-1) })
	long := k.say((messages+1)*time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "k1", Text: "1"})
	waits := k.say((messages+2)*time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "k10", Text: "10"})
	k.say((messages+3)*time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "new", Text: "x"})
	k.tell(30*time.Minute, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.NoError(t, long.err)
	require.NoError(t, waits.err)
	require.Equal(t, contract.SendOut{Dialog: "main", Sequence: 11}, waits.SendOut, "it waits for number 5")
	require.Len(t, k.calls, messages+2)
	for _, call := range k.calls {
		require.Equal(t, call.Send.Text == "1" && call.Send.IdemKey == "k1" && call.Forgotten, call.Forgotten)
	}
	require.True(t, k.calls[messages].Forgotten)
	require.False(t, k.calls[messages+1].Forgotten)
	require.Equal(t, conversation.ViaSend, k.journal[0].Event.Via)
}
