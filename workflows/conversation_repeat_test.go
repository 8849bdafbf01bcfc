package workflows_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// inDoubt has every request end in doubt.
func (k *talker) inDoubt() {
	k.lost = func() error {
		return temporal.NewNonRetryableApplicationError("cut", string(fault.Upstream), nil, contract.Doubt{Maybe: k.Now().UnixMilli()})
	}
}

// A message in doubt is looked for also after the close: what the platform has taken is answered, what it
// has not is refused for good. As long as it cannot be told the doubt stays.
func TestConversationLooksForADoubtAfterTheClose(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.inDoubt()
	k.there = map[string]int{"taken": 0}
	send := func(when time.Duration, key string) *said {
		return k.say(when, contract.UpdateSend, contract.SendIn{IdemKey: key, Text: "x"})
	}
	send(time.Second, "taken")
	send(2*time.Second, "lost")
	k.tell(3*time.Second, closing(1))
	unknown := send(4*time.Second, "lost")
	k.at(5*time.Second, func() { k.lost = nil })
	taken, lost := send(6*time.Second, "taken"), send(7*time.Second, "lost")
	k.at(8*time.Second, func() { require.Len(t, k.calls, 5) })
	again, fresh := send(9*time.Second, "lost"), send(10*time.Second, "fresh")
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())

	require.ErrorContains(t, unknown.err, "cut")
	require.NoError(t, taken.err)
	require.Equal(t, contract.SendOut{Dialog: "main", Sequence: 0}, taken.SendOut)
	require.Equal(t, fault.Conflict, kindOf(t, lost.err))
	require.ErrorContains(t, lost.err, "the conversation is closed, and the message was looked for and is not there")
	require.EqualError(t, again.err, fresh.err.Error(), "it is known now")
	require.ErrorContains(t, fresh.err, "the conversation is closed (open another one)")

	require.Len(t, k.calls, 5, "nothing else was asked of the platform")
	for _, call := range k.calls[2:] {
		require.True(t, call.Look)
		require.Equal(t, "main", call.Dialog)
		require.NotNil(t, call.Doubt)
	}
	require.Equal(t, k.calls[2].Doubt, k.calls[4].Doubt, "to look does nothing that could be in doubt")
	require.Equal(t, []int{0}, k.numbers())
	require.EqualValues(t, 1, k.stored.Counts.Failed)
	require.Empty(t, k.stored.Doubts)
}

// What was sent so long ago that only the journal knows is answered after the close too.
func TestConversationForgottenKeysAfterTheClose(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.there = map[string]int{"k1": 1}
	const messages = 110
	for n := range messages {
		k.say(time.Duration(n+1)*time.Second, contract.UpdateSend, contract.SendIn{IdemKey: fmt.Sprint("k", n), Text: fmt.Sprint(n)})
	}
	k.tell((messages+1)*time.Second, closing(1))
	long := k.say((messages+2)*time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "k1", Text: "1"})
	fresh := k.say((messages+3)*time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "fresh", Text: "x"})
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.NoError(t, long.err)
	require.Equal(t, 1, long.Sequence)
	require.ErrorContains(t, fresh.err, "the conversation is closed")
	require.Len(t, k.calls, messages+1)
	require.True(t, k.calls[messages].Look && k.calls[messages].Forgotten)
	require.Zero(t, k.stored.Counts.Failed)
}

// A message in doubt is one of the dialog in which it was sent, not of the survey that is open since.
func TestConversationRepeatsInTheSameDialog(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.inDoubt()
	in := contract.SendIn{IdemKey: "k", Text: "5"}
	k.say(time.Second, contract.UpdateSend, in)
	k.at(2*time.Second, func() { k.lost = nil })
	k.tell(3*time.Second, stands(1, "OPEN", "CLOSE", conversation.Dialog{ID: "main", Type: "MAIN", State: "CLOSE"}, conversation.Dialog{ID: "survey", Type: "POST_SURVEY", State: "OPEN"}))
	looked := k.say(4*time.Second, contract.UpdateSend, in)
	sent := k.say(5*time.Second, contract.UpdateSend, in)
	k.tell(time.Minute, closing(2))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.ErrorContains(t, looked.err, "this dialog is closed, and the message was looked for and is not there")
	require.True(t, k.calls[1].Look)
	require.Equal(t, "main", k.calls[1].Dialog)
	require.NoError(t, sent.err)
	require.Equal(t, "survey", sent.Dialog)
	require.False(t, k.calls[2].Look)
}

// To close in doubt what is closed by now is done.
func TestConversationIsClosedAsAskedFor(t *testing.T) {
	survey := stands(1, "OPEN", "CLOSE", conversation.Dialog{ID: "main", Type: "MAIN", State: "CLOSE"}, conversation.Dialog{ID: "survey", Type: "POST_SURVEY", State: "OPEN"})
	for what, told := range map[string]conversation.Event{
		contract.ChangeCloseConversation: survey, contract.ChangeCloseDialog: survey, contract.ChangeCloseStage: closing(1),
	} {
		t.Run(what, func(t *testing.T) {
			k := newTalker(t)
			k.opened(0)
			k.inDoubt()
			in := contract.ChangeIn{IdemKey: "k", What: what}
			first := k.say(time.Second, contract.UpdateChange, in)
			k.tell(2*time.Second, told)
			again := k.say(3*time.Second, contract.UpdateChange, in)
			k.tell(time.Minute, closing(2))
			other := k.say(2*time.Minute, contract.UpdateChange, contract.ChangeIn{IdemKey: "other", What: what})
			k.runTalk(nil)
			require.NoError(t, k.GetWorkflowError())
			require.Error(t, first.err)
			require.NoError(t, again.err)
			require.Equal(t, contract.SendOut{Dialog: "main", Sequence: conversation.Unnumbered}, again.SendOut)
			require.Equal(t, fault.Conflict, kindOf(t, other.err), "somebody else has closed it")
			require.Len(t, k.calls, 1)
			require.Empty(t, k.stored.Doubts)
		})
	}
}

// A mark in doubt is answered when the platform has told of it, also after the close; of one that it has not
// told of nobody knows, and it is said so.
func TestConversationMarksInDoubt(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.tell(0, texts(0, 6)...)
	k.inDoubt()
	mark := func(when time.Duration, key, status string, numbers ...int) *said {
		return k.say(when, contract.UpdateMark, contract.MarkIn{IdemKey: key, Status: status, Sequences: numbers})
	}
	first := mark(time.Second, "told", "READ", 1, 3)
	mark(2*time.Second, "lost", "READ", 5)
	mark(3*time.Second, "half", "ACCEPT", 3, 5)
	k.tell(4*time.Second, conversation.Event{
		Key: conversation.NumberedKey("main", 6), Kind: conversation.Status, Dialog: "main", Sequence: 6, Role: conversation.RoleConsumer,
		Status: &conversation.StatusOf{Status: "READ", Sequences: []int{1, 3}},
	})
	k.tell(5*time.Second, closing(1))
	again, lost, half := mark(6*time.Second, "told", "READ", 1, 3), mark(7*time.Second, "lost", "READ", 5), mark(8*time.Second, "half", "ACCEPT", 3, 5)
	fresh := mark(9*time.Second, "fresh", "READ", 1)
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.ErrorContains(t, first.err, "cut")
	require.NoError(t, again.err)
	require.Equal(t, contract.SendOut{Dialog: "main", Sequence: conversation.Unnumbered}, again.SendOut)
	for _, unknown := range []*said{lost, half} {
		require.Equal(t, fault.Conflict, kindOf(t, unknown.err))
		require.ErrorContains(t, unknown.err, "the conversation is closed, and nothing that the platform told shows whether it did this before")
	}
	require.ErrorContains(t, fresh.err, "the conversation is closed (open another one)")
	require.Len(t, k.calls, 3, "nothing else was asked of the platform")
	require.Len(t, k.stored.Doubts, 2)
}
