package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/conversation"
)

// The echo of the last message was lost: nothing shows it but the look after the close.
func TestConversationLooksAfterTheClose(t *testing.T) {
	k := newTalker(t)
	k.history = append(texts(0, 5), text(5))
	k.tell(0, texts(0, 5)...)
	k.tell(time.Second, closing(1))
	k.look(15*time.Second, func(v conversation.View) { require.True(t, v.Looked) })
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, []int{0, 1, 2, 3, 4, 5}, k.numbers())
}

// A history that does not answer the last look is asked for a day, and says so; what it then tells is read
// before the conversation is noted as over.
func TestConversationWaitsForTheLastLook(t *testing.T) {
	k := newTalker(t)
	k.deaf = true
	k.history = texts(0, 4)
	k.tell(0, texts(0, 2)...)
	k.tell(time.Second, closing(1))
	k.look(3*time.Hour, func(v conversation.View) {
		require.Equal(t, "the history does not answer: no history", v.Trouble)
		require.Empty(t, k.over)
	})
	k.at(4*time.Hour, func() { k.deaf = false })
	begun := k.Now()
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, []int{0, 1, 2, 3}, k.numbers())
	require.Equal(t, []int64{5}, k.over)
	require.Empty(t, k.stored.Unverified)
	require.Less(t, k.Now().Sub(begun), 7*time.Hour)
}

// After a day it ends as one that nobody could verify; somebody who has mended the history has it looked
// at again.
func TestConversationEndsUnverified(t *testing.T) {
	k := newTalker(t)
	k.settings.Retry, k.deaf = 0, true
	k.tell(0, text(0), closing(1))
	begun := k.Now()
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.InDelta(t, 24, k.Now().Sub(begun).Hours(), 0.2)
	require.Equal(t, "the history does not answer: no history", k.stored.Unverified)
	require.Len(t, k.over, 1)
	require.InDelta(t, 24*60/5, len(k.asked), 10)

	k = againTalker(t, k.outside)
	k.deaf = false
	k.at(0, func() { k.SignalWorkflow(contract.SignalRelay, nil) })
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Empty(t, k.stored.Unverified)
	require.Len(t, k.over, 2)
}

// An execution that continues as new in the middle of it goes on asking, and ends at the same time.
func TestConversationLooksAcrossExecutions(t *testing.T) {
	o := newOutside()
	o.settings.Retry, o.deaf = 0, true
	k := againTalker(t, o)
	k.tell(0, text(0), closing(1))
	begun := k.Now()
	k.at(10*time.Hour, func() { k.SetContinueAsNewSuggested(true) })
	k.runTalk(nil)
	state := k.continues().State
	require.NotZero(t, state.Unanswered)
	before := k.Now().Sub(begun)

	k = againTalker(t, o)
	k.SetStartTime(begun.Add(before))
	k.runTalk(state)
	require.NoError(t, k.GetWorkflowError())
	require.NotEmpty(t, k.stored.Unverified)
	require.InDelta(t, 24, k.Now().Sub(begun).Hours(), 0.2)
}
