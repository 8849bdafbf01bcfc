package workflows_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// The platform is down for all of a request's time and may have taken the message at the very end:
// the journal does not say that it failed, and the next request under the key is told what it has to
// look for. The doubt outlives the execution, and ends with the answer.
func TestConversationSendInDoubt(t *testing.T) {
	for name, lost := range map[string]func(now time.Time) error{
		"as its step says": func(now time.Time) error {
			return temporal.NewApplicationError("cut", string(fault.Upstream), contract.Doubt{Since: 1, Maybe: now.UnixMilli()})
		},
		"as nobody can say": func(time.Time) error { return temporal.NewApplicationError("killed", "crash") },
		"as its history says": func(now time.Time) error {
			return temporal.NewNonRetryableApplicationError("whether it took it is not known", string(fault.PermissionDenied), nil, contract.Doubt{Maybe: now.UnixMilli()})
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTalker(t)
			k.opened(0)
			begun := k.Now().UnixMilli()
			maybe := int64(0)
			k.lost = func() error {
				maybe = k.Now().UnixMilli()
				return lost(k.Now())
			}
			other := k.say(time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "other", Text: "x"})
			failed := k.say(2*time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "k", Text: "x"})
			k.at(40*time.Minute, func() {
				require.True(t, failed.done)
				require.Len(t, k.stored.Doubts, 2, "no journal has them, so the store does")
				k.lost = nil
			})
			again := k.say(41*time.Minute, contract.UpdateSend, contract.SendIn{IdemKey: "other", Text: "x"})
			k.at(42*time.Minute, func() {
				k.SetContinueAsNewSuggested(true)
				k.tell(0, text(1))
			})
			k.runTalk(nil)
			state := k.continues().State
			require.Error(t, other.err)
			require.Error(t, failed.err)
			require.NoError(t, again.err)
			for _, e := range k.journal {
				require.Nil(t, e.Failed, "nobody knows that it failed")
			}
			require.Zero(t, state.Counts.Failed)

			k = againTalker(t, k.outside)
			sent := k.say(time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "k", Text: "x"})
			fresh := k.say(2*time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "fresh", Text: "x"})
			k.tell(time.Minute, closing(1))
			k.runTalk(state)
			require.NoError(t, k.GetWorkflowError())
			require.NoError(t, sent.err)
			require.NoError(t, fresh.err)
			calls := k.calls[len(k.calls)-2:]
			require.NotNil(t, calls[0].Doubt)
			require.InDelta(t, begun+2000, calls[0].Doubt.Since, float64(16*time.Minute.Milliseconds()), "since the first request under the key")
			require.GreaterOrEqual(t, calls[0].Doubt.Maybe, maybe)
			require.Equal(t, []int{0}, calls[0].Taken, "a message of another key is not this one")
			require.Nil(t, calls[1].Doubt)
			require.Empty(t, k.stored.Doubts)
		})
	}
}

// What is in doubt is known as soon as its echo comes: a repeat gets its number, and nothing is asked
// of the platform.
func TestConversationEchoEndsADoubt(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.lost = func() error {
		return temporal.NewNonRetryableApplicationError("cut", string(fault.PermissionDenied), nil, contract.Doubt{Maybe: k.Now().UnixMilli()})
	}
	in := contract.SendIn{IdemKey: "k", Text: "x"}
	failed := k.say(time.Second, contract.UpdateSend, in)
	echo := text(0)
	echo.External = "k"
	k.tell(2*time.Second, echo)
	again := k.say(3*time.Second, contract.UpdateSend, in)
	k.tell(time.Minute, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, fault.PermissionDenied, kindOf(t, failed.err))
	require.NoError(t, again.err)
	require.Equal(t, 0, again.Sequence)
	require.Len(t, k.calls, 1)
	require.Equal(t, []int{0}, k.numbers())
	require.Zero(t, k.stored.Counts.Failed)
	require.Empty(t, k.stored.Doubts)
}

// A message that certainly was not taken the second time is one that failed.
func TestConversationDoubtIsRefused(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.lost = func() error {
		return temporal.NewNonRetryableApplicationError("cut", string(fault.Upstream), nil, contract.Doubt{Maybe: k.Now().UnixMilli()})
	}
	in := contract.SendIn{IdemKey: "k", Text: "x"}
	k.say(time.Second, contract.UpdateSend, in)
	k.at(2*time.Second, func() { k.refuse = fault.InvalidSpec })
	refused := k.say(3*time.Second, contract.UpdateSend, in)
	k.tell(time.Minute, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, fault.InvalidSpec, kindOf(t, refused.err))
	require.Equal(t, &conversation.Failed{IdemKey: "k", Reason: "refused"}, k.journal[0].Failed)
	require.Empty(t, k.stored.Doubts)
}

// Who cancels a conversation while a message is sent loses no doubt of it.
func TestConversationCancelledInDoubt(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.lost = func() error {
		return temporal.NewApplicationError("cut", string(fault.Upstream), contract.Doubt{Maybe: k.Now().UnixMilli()})
	}
	k.say(time.Second, contract.UpdateSend, contract.SendIn{IdemKey: "k", Text: "x"})
	k.at(20*time.Second, k.CancelWorkflow)
	k.runTalk(nil)
	require.ErrorContains(t, k.GetWorkflowError(), "cancel")
	raw, err := json.Marshal(k.stored.Doubts)
	require.NoError(t, err)
	require.Contains(t, string(raw), `"key":"k"`)
}

// A conversation that is cancelled as it is told of its close ends, and keeps that.
func TestConversationCancelledWithAnEvent(t *testing.T) {
	k := newTalker(t)
	k.tell(0, texts(0, 2)...)
	k.at(time.Second, func() {
		k.SignalWorkflow(contract.SignalEvents, contract.EventsIn{Events: []conversation.Event{closing(1)}})
		k.CancelWorkflow()
	})
	k.runTalk(nil)
	require.ErrorContains(t, k.GetWorkflowError(), "cancel")
	require.Len(t, k.journal, 3)
	require.Equal(t, conversation.PhaseClosed, k.stored.Phase())
}

// What comes while a cancelled conversation writes is written too, and what waits for a number is kept.
func TestConversationCancelledWhileItIsTold(t *testing.T) {
	k := newTalker(t)
	k.opened(0)
	k.tell(time.Second, text(0))
	told := false
	k.appends = func() {
		if !told {
			told = true
			k.CancelWorkflow()
			k.SignalWorkflow(contract.SignalEvents, contract.EventsIn{Events: []conversation.Event{text(1), text(5)}})
		}
	}
	k.deaf = true
	k.runTalk(nil)
	require.ErrorContains(t, k.GetWorkflowError(), "cancel")
	require.Equal(t, []int{0, 1}, k.numbers())
	require.Len(t, k.stored.Readings[0].Held, 1)
	require.Equal(t, "kim", k.stored.Consumer)
}
