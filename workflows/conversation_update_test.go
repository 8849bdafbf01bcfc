package workflows_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

func TestConversationRefuses(t *testing.T) {
	long := strings.Repeat("x", 65<<10)
	send := func(change func(*contract.SendIn)) contract.SendIn {
		in := contract.SendIn{IdemKey: "k", Text: "x"}
		change(&in)
		return in
	}
	for name, c := range map[string]struct {
		update string
		in     any
		kind   fault.Kind
		says   string
	}{
		"nothing to send":     {contract.UpdateSend, contract.SendIn{IdemKey: "k"}, fault.InvalidSpec, "exactly one of text, file and event"},
		"two things to send":  {contract.UpdateSend, send(func(in *contract.SendIn) { in.File = &contract.FileRef{} }), fault.InvalidSpec, "exactly one"},
		"no key":              {contract.UpdateSend, contract.SendIn{Text: "x"}, fault.InvalidSpec, "idemKey: is 0 bytes long, must be 1 to 64"},
		"long text":           {contract.UpdateSend, contract.SendIn{IdemKey: "k", Text: long}, fault.InvalidSpec, "text: is 66560 bytes long, at most 65536"},
		"closed dialog":       {contract.UpdateSend, send(func(in *contract.SendIn) { in.Dialog = "old" }), fault.Conflict, "dialog: this dialog is closed"},
		"unknown status":      {contract.UpdateMark, contract.MarkIn{IdemKey: "k", Status: "SEEN", Sequences: []int{1}}, fault.InvalidSpec, "status"},
		"nothing marked":      {contract.UpdateMark, contract.MarkIn{IdemKey: "k", Status: "READ"}, fault.InvalidSpec, "sequences: has 0 numbers"},
		"no number":           {contract.UpdateMark, contract.MarkIn{IdemKey: "k", Status: "READ", Sequences: []int{-1}}, fault.InvalidSpec, "sequences"},
		"unknown chat state":  {contract.UpdateTyping, contract.TypingIn{State: "TYPING"}, fault.InvalidSpec, "state"},
		"unknown change":      {contract.UpdateChange, contract.ChangeIn{IdemKey: "k", What: "end"}, fault.InvalidSpec, "what"},
		"no skill":            {contract.UpdateChange, contract.ChangeIn{IdemKey: "k", What: contract.ChangeSkill}, fault.InvalidSpec, "skill"},
		"no time to respond":  {contract.UpdateChange, contract.ChangeIn{IdemKey: "k", What: contract.ChangeTTR}, fault.InvalidSpec, "ttr"},
		"odd time to respond": {contract.UpdateChange, contract.ChangeIn{IdemKey: "k", What: contract.ChangeTTR, TTR: &conversation.TTR{Type: "SOON"}}, fault.InvalidSpec, "ttr.type"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTalker(t)
			k.opened(0)
			k.tell(0, stands(1, "OPEN", "OPEN", conversation.Dialog{ID: "old", Type: "POST_SURVEY", State: "CLOSE"}))
			got := k.say(time.Second, c.update, c.in)
			k.tell(2*time.Second, closing(2))
			k.runTalk(nil)
			require.True(t, got.done)
			require.Equal(t, c.kind, kindOf(t, got.err), "%v", got.err)
			require.ErrorContains(t, got.err, c.says)
			require.Empty(t, k.calls)
		})
	}
}

// Nobody can be spoken for in a conversation that somebody else opened.
func TestConversationOfOthers(t *testing.T) {
	k := newTalker(t)
	k.tell(0, stands(1, "OPEN", "OPEN"))
	got := k.say(time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "k", Text: "x"})
	k.tell(2*time.Second, closing(2))
	k.runTalk(nil)
	require.Equal(t, fault.Conflict, kindOf(t, got.err))
	require.ErrorContains(t, got.err, "its consumer is unknown")
}

// After the main dialog the consumer speaks to the survey, in which nobody sees it type.
func TestConversationSurvey(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.tell(0, stands(1, "OPEN", "CLOSE", conversation.Dialog{ID: "main", Type: "MAIN", State: "CLOSE"}, conversation.Dialog{ID: "survey", Type: "POST_SURVEY", State: "OPEN"}))
	sent := k.say(time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "k", Text: "5"})
	typing := k.say(2*time.Second, contract.UpdateTyping, contract.TypingIn{State: "COMPOSING"})
	k.look(3*time.Second, func(v conversation.View) { require.Equal(t, conversation.PhaseSurvey, v.Phase) })
	k.tell(4*time.Second, closing(2))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.NoError(t, sent.err)
	require.Equal(t, "survey", sent.Dialog)
	require.NoError(t, typing.err)
	require.Len(t, k.calls, 1)
	require.Equal(t, "survey", k.calls[0].Dialog)
}

// Messages reach the platform one after the other, in the order in which they were accepted.
func TestConversationSendsInOrder(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	var all []*said
	for i := range 8 {
		all = append(all, k.say(time.Second, contract.UpdateSend, contract.SendIn{IdemKey: fmt.Sprint("k", i), Text: fmt.Sprint(i)}))
	}
	k.tell(time.Minute, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	for i, s := range all {
		require.NoError(t, s.err)
		require.Equal(t, i, s.Sequence)
		require.Equal(t, fmt.Sprint(i), k.calls[i].Send.Text)
	}
}

// A message that the platform does not take is in the journal as that; under the same key it may
// be tried again.
func TestConversationCannotSend(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.refuse = fault.PermissionDenied
	in := contract.SendIn{IdemKey: "k", Text: "x"}
	refused := k.say(time.Second, contract.UpdateSend, in)
	k.at(2*time.Second, func() { k.refuse = "" })
	again := k.say(3*time.Second, contract.UpdateSend, in)
	k.tell(time.Minute, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, fault.PermissionDenied, kindOf(t, refused.err))
	require.Equal(t, &conversation.Failed{IdemKey: "k", Reason: "refused"}, k.journal[0].Failed)
	require.NoError(t, again.err)
	require.Equal(t, []int{0}, k.numbers())
}

// The number that the platform gives to what we send shows that one before it is missing.
func TestConversationSendShowsAGap(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.history = texts(0, 2)
	k.next["main"] = 2
	k.say(time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "k", Text: "x"})
	k.look(10*time.Second, func(v conversation.View) { require.Zero(t, v.Counts.Messages) })
	k.look(12*time.Second, func(v conversation.View) { require.Equal(t, int64(3), v.Counts.Messages) })
	k.tell(time.Minute, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, []int{0, 1, 2}, k.numbers())
	require.Equal(t, conversation.ViaSend, k.journal[2].Event.Via)
}

// Who cancels a conversation loses nothing of what it had taken.
func TestConversationCancelled(t *testing.T) {
	k := newTalker(t)
	k.dead = true
	k.tell(time.Second, texts(0, 5)...)
	k.at(time.Second, k.CancelWorkflow)
	k.runTalk(nil)
	require.True(t, k.IsWorkflowCompleted())
	require.ErrorContains(t, k.GetWorkflowError(), "cancel")
	require.Equal(t, []int{0, 1, 2, 3, 4}, k.numbers())
}

// Who holds a conversation is in no journal: it is saved at once, and survives a termination.
func TestConversationSavesWhoHoldsIt(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.at(time.Minute, func() { require.Equal(t, "kim", k.stored.Consumer) })
	k.tell(2*time.Minute, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
}
