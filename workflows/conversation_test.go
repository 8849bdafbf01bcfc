package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

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

// A number that is missing for ten seconds is asked for.
func TestConversationGapIsRepaired(t *testing.T) {
	k := newTalker(t)
	k.history = texts(0, 8)
	k.tell(0, text(0), text(7), text(3))
	k.look(9*time.Second, func(v conversation.View) {
		require.Equal(t, int64(1), v.Counts.Messages)
		require.Equal(t, 2, v.Waiting[0].Held)
	})
	k.look(11*time.Second, func(v conversation.View) {
		require.Equal(t, int64(8), v.Counts.Messages)
		require.Empty(t, v.Waiting)
	})
	k.tell(20*time.Second, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7}, k.numbers())
	require.Equal(t, map[string]int{"main": 0}, k.asked[0].After)
	require.Equal(t, map[string]int{"main": 7}, k.asked[0].Wanted)
	require.Zero(t, k.stored.Counts.Gaps+k.stored.Counts.Late)
}

// What nobody can tell is marked after fifteen minutes; what comes later still is there as late.
func TestConversationGapIsMarked(t *testing.T) {
	k := newTalker(t)
	k.deaf = true
	k.tell(0, text(0), text(2))
	k.look(14*time.Minute, func(v conversation.View) { require.Zero(t, v.Counts.Gaps) })
	k.look(15*time.Minute+time.Second, func(v conversation.View) {
		require.Equal(t, int64(1), v.Counts.Gaps)
		require.Len(t, k.asked, 6, "less and less often")
	})
	k.tell(20*time.Minute, text(1))
	k.tell(21*time.Minute, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, &conversation.Gap{Dialog: "main", From: 1, To: 1}, k.journal[1].Gap)
	require.Equal(t, []int{0, 2, 1}, k.numbers())
	require.True(t, k.journal[3].Late)
	require.Zero(t, k.stored.Counts.Missing)
}

// Statuses that the app does not subscribe to hold nothing up for longer than a question.
func TestConversationUnsubscribed(t *testing.T) {
	k := newTalker(t)
	k.settings.Subscribed = []conversation.Kind{conversation.Content, conversation.Details}
	k.tell(0, text(0), text(2), text(5))
	k.look(3*time.Second, func(v conversation.View) {
		require.Equal(t, int64(3), v.Counts.Messages)
		require.Zero(t, v.Counts.Gaps)
	})
	k.tell(time.Minute, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, []int{0, 2, 5}, k.numbers())
}

// Who adds a callback while a conversation is open has the channel told of what happens from then on.
func TestConversationLearnsOfACallback(t *testing.T) {
	k := newTalker(t)
	k.settings.Relays = false
	k.tell(0, text(0))
	k.at(time.Minute, func() { k.settings.Relays = true })
	k.tell(2*time.Minute, text(1))
	k.look(3*time.Minute, func(v conversation.View) { require.Equal(t, []int64{1}, k.posted) })
	k.tell(4*time.Minute, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, []int64{1, 2}, k.posted)
}

// A type of events that is unsubscribed while a conversation is open holds it up once, and leaves no gap.
func TestConversationLearnsOfTypes(t *testing.T) {
	k := newTalker(t)
	k.tell(0, text(0))
	k.at(time.Minute, func() {
		k.settings.Subscribed = []conversation.Kind{conversation.Content, conversation.Details}
	})
	k.tell(2*time.Minute, text(2))
	k.look(2*time.Minute+11*time.Second, func(v conversation.View) { require.Equal(t, int64(2), v.Counts.Messages) })
	k.tell(3*time.Minute, text(4))
	k.look(3*time.Minute+2*time.Second, func(v conversation.View) { require.Equal(t, int64(3), v.Counts.Messages) })
	k.tell(4*time.Minute, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, []int{0, 2, 4}, k.numbers())
	require.Zero(t, k.stored.Counts.Gaps)
}

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

// A callback that is dead for days holds nothing up; then it gets everything, in order.
func TestConversationDeadCallback(t *testing.T) {
	k := newTalker(t)
	k.dead = true
	k.opened(0)
	for i := range 20 {
		k.tell(time.Duration(i)*time.Hour, text(2*i))
		k.tell(time.Duration(i)*time.Hour+time.Second, text(2*i+1))
	}
	k.look(20*time.Hour, func(v conversation.View) {
		require.Equal(t, int64(40), v.Counts.Messages)
		require.Equal(t, 40, len(k.journal))
		require.Zero(t, v.Relayed)
	})
	k.look(45*time.Hour, func(v conversation.View) { require.Contains(t, v.Stalled, "nobody answers") })
	k.at(46*time.Hour, func() { k.dead = false; k.SignalWorkflow(contract.SignalRelay, nil) })
	k.look(46*time.Hour+time.Minute, func(v conversation.View) {
		require.Equal(t, int64(40), v.Relayed)
		require.Empty(t, v.Stalled)
	})
	k.tell(47*time.Hour, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.IsIncreasing(t, k.posted)
	require.Len(t, k.posted, len(k.journal))
}

// A conversation that ends while its callback is given up says so, and goes on where it stopped when
// somebody says so.
func TestConversationEndsWhileTheRelayIsStopped(t *testing.T) {
	stopped := temporal.NewSearchAttributeKeyBool(contract.AttrRelayStopped)
	k := newTalker(t)
	k.dead = true
	var shown []bool
	k.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil).Run(func(args mock.Arguments) {
		if is, ok := args.Get(0).(temporal.SearchAttributes).GetBool(stopped); ok {
			shown = append(shown, is)
		}
	})
	k.tell(0, text(0), closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Contains(t, k.stored.Stalled, "nobody answers")
	require.Equal(t, []bool{true}, shown)
	require.Empty(t, k.posted)

	k = againTalker(t, k.outside)
	k.dead = false
	k.at(0, func() { k.SignalWorkflow(contract.SignalRelay, nil) })
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, []int64{0, 1}, k.posted)
	require.Empty(t, k.stored.Stalled)
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

// With automatic messages the first message must follow the opening within ten seconds.
func TestConversationFirstMessage(t *testing.T) {
	for name, c := range map[string]struct {
		features []string
		speaks   time.Duration
		silent   bool
	}{
		"in time":               {[]string{"AUTO_MESSAGES"}, 5 * time.Second, false},
		"too late":              {[]string{"AUTO_MESSAGES"}, 15 * time.Second, true},
		"no automatic messages": {nil, 15 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTalker(t)
			k.opened(0, c.features...)
			k.say(c.speaks, contract.UpdateSend, contract.SendIn{IdemKey: "k", Text: "x"})
			k.look(12*time.Second, func(v conversation.View) { require.Equal(t, c.silent, v.Silent) })
			k.tell(20*time.Second, closing(1))
			k.runTalk(nil)
			require.NoError(t, k.GetWorkflowError())
		})
	}
}

// Word of the first message may come late, or from who opened the conversation: it was in time, and a
// conversation is not silent for being long.
func TestConversationFirstMessageToldLate(t *testing.T) {
	opened := func(k *talker, first *contract.First) {
		k.SignalWorkflow(contract.SignalOpened, contract.Opened{
			Consumer: "kim", Participant: "consumer", Features: []string{"AUTO_MESSAGES"}, At: k.Now().Add(-20 * time.Second), First: first,
		})
	}
	for name, tell := range map[string]func(k *talker){
		"by its echo": func(k *talker) {
			e := text(0)
			e.At = k.Now().Add(-15 * time.Second).UnixMilli()
			k.SignalWorkflow(contract.SignalEvents, contract.EventsIn{Events: []conversation.Event{e}})
		},
		"by who opened it": func(k *talker) {
			opened(k, &contract.First{IdemKey: "k", Text: "hello", At: k.Now().Add(-15 * time.Second)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTalker(t)
			k.opened(0, "AUTO_MESSAGES")
			k.look(11*time.Second, func(v conversation.View) { require.True(t, v.Silent) })
			k.at(20*time.Second, func() { tell(k) })
			k.look(21*time.Second, func(v conversation.View) { require.False(t, v.Silent) })
			k.at(30*time.Second, func() {
				var agents []conversation.Event
				for n := range 300 {
					e := text(1)
					e.Sequence, e.Key = n+1, conversation.NumberedKey("main", n+1)
					agents = append(agents, e)
				}
				k.SignalWorkflow(contract.SignalEvents, contract.EventsIn{Events: agents})
			})
			k.look(time.Minute, func(v conversation.View) {
				require.False(t, v.Silent)
				require.Equal(t, int64(301), v.Counts.Messages)
			})
			k.tell(2*time.Minute, closing(1))
			k.runTalk(nil)
			require.NoError(t, k.GetWorkflowError())
			require.Equal(t, 0, k.numbers()[0])
		})
	}
}

// Events that wait when a conversation is over are read before it ends, however soon that is.
func TestConversationEndsWithNothingHeld(t *testing.T) {
	k := newTalker(t)
	k.settings.Retry = 0
	k.deaf = true
	k.tell(0, text(0), text(2), closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, []int{0, 2}, k.numbers())
	require.Equal(t, int64(1), k.stored.Counts.Gaps)
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
