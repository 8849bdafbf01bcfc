package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// A conversation is opened, spoken in, closed; it lingers, has its state saved and ends.
func TestConversationLife(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.tell(time.Second, stands(1, "OPEN", "OPEN"))
	sent := k.say(2*time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "k0", Text: "hello"})
	again := k.say(3*time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "k0", Text: "hello"})
	k.tell(4*time.Second, text(0)) // its echo
	k.tell(5*time.Second, text(1))
	k.at(5*time.Second, func() { k.next["main"] = 2 })
	mark := k.say(6*time.Second, contract.UpdateMark, contract.MarkIn{IdemKey: "k1", Status: "READ", Sequences: []int{1}})
	typing := k.say(7*time.Second, contract.UpdateTyping, contract.TypingIn{State: "COMPOSING"})
	skill := k.say(8*time.Second, contract.UpdateChange, contract.ChangeIn{IdemKey: "k2", What: contract.ChangeSkill, Skill: "13"})
	k.look(9*time.Second, func(v conversation.View) {
		require.Equal(t, conversation.PhaseOpen, v.Phase)
		require.Equal(t, "12", v.Queue)
		require.Equal(t, "kim", v.Consumer)
		require.Equal(t, []string{"sent", "read"}, []string{v.Messages[0].State, v.Messages[1].State})
	})
	k.tell(10*time.Second, closing(2))
	k.tell(time.Minute, text(3)) // after the close
	begun := k.Now()
	k.runTalk(nil)
	ended := k.Now().Sub(begun)

	require.NoError(t, k.GetWorkflowError())
	for _, s := range []*said{sent, again, mark, typing, skill} {
		require.True(t, s.done)
		require.NoError(t, s.err)
	}
	require.Equal(t, contract.SendOut{Dialog: "main", Sequence: 0}, sent.SendOut)
	require.Equal(t, sent.SendOut, again.SendOut)
	require.Equal(t, 2, mark.Sequence)
	require.Len(t, k.calls, 4, "the repeat asked nothing of the platform")
	require.Equal(t, "kim", k.calls[0].Consumer)
	require.Equal(t, []int{0, 1, 2, 3}, k.numbers(), "the echo is no second message")
	require.Equal(t, conversation.ViaSend, k.journal[1].Event.Via)
	require.Len(t, k.posted, len(k.journal), "everything was relayed, in order")
	require.IsIncreasing(t, k.posted)
	require.Greater(t, ended, time.Minute+time.Hour-time.Second, "it waits for what the platform may repeat")
	require.Less(t, ended, time.Minute+2*time.Hour)
	require.Equal(t, int64(len(k.journal)), k.stored.Next)
	require.Equal(t, k.stored.Next, k.stored.Relayed)
}

// An event that comes after the end starts the conversation again where it was.
func TestConversationStartsAgain(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.tell(0, texts(0, 3)...)
	k.tell(time.Second, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	ended := int64(len(k.journal))
	require.Equal(t, []int64{ended}, k.over)

	k = againTalker(t, k.outside)
	k.tell(0, text(1), text(3), closing(1))
	refused := k.say(time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "k", Text: "too late"})
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, []int{0, 1, 2, 3}, k.numbers())
	require.Equal(t, []int64{ended, int64(len(k.journal))}, k.over)
	require.Equal(t, "kim", k.stored.Consumer)
	require.Equal(t, fault.Conflict, kindOf(t, refused.err))
	require.ErrorContains(t, refused.err, "the conversation is closed")
	require.IsIncreasing(t, k.posted)
	require.Len(t, k.posted, 5)
}

// Nothing happens for long: the history is looked at every day, and in the end it is given up.
func TestConversationIdle(t *testing.T) {
	k := newTalker(t)
	k.tell(0, text(0))
	k.at(24*time.Hour-time.Minute, func() { require.Empty(t, k.asked); k.history = texts(0, 2) })
	k.look(24*time.Hour+time.Minute, func(v conversation.View) { require.Equal(t, int64(2), v.Counts.Messages) })
	begun := k.Now()
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.InDelta(t, float64(31*24), k.Now().Sub(begun).Hours(), 1)
	require.NotZero(t, k.stored.Abandoned)
	require.Equal(t, []int64{2}, k.over)
	require.InDelta(t, 31, len(k.asked), 1)
}
