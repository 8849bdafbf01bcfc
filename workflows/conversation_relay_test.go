package workflows_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

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

// What a relay says of itself while it is tried again is shown: since the first failure of what is next, until it
// gets on. What comes when it has got on is of before.
func TestConversationShowsAFailingCallback(t *testing.T) {
	k := newTalker(t)
	k.dead = true
	k.tell(0, texts(0, 3)...)
	fails := func(when time.Duration, f contract.RelayFails) {
		k.at(when, func() { k.SignalWorkflow(contract.SignalRelayFails, f) })
	}
	fails(5*time.Second, contract.RelayFails{Since: 10, Error: "first"})
	fails(6*time.Second, contract.RelayFails{Since: 20, Error: "second"})
	k.look(7*time.Second, func(v conversation.View) {
		require.Equal(t, &conversation.Failing{Since: 10, Error: "second"}, v.Failing)
		require.EqualValues(t, 3, v.Unrelayed)
	})
	fails(8*time.Second, contract.RelayFails{Since: 30, Next: 1, Error: "third"})
	k.look(9*time.Second, func(v conversation.View) {
		require.Equal(t, &conversation.Failing{Since: 30, Error: "third"}, v.Failing)
		require.EqualValues(t, 2, v.Unrelayed)
	})
	k.at(10*time.Second, func() { k.dead = false })
	fails(20*time.Minute, contract.RelayFails{Since: 40, Next: 3, Error: "late"})
	k.look(21*time.Minute, func(v conversation.View) {
		require.Nil(t, v.Failing)
		require.Zero(t, v.Unrelayed)
	})
	k.tell(22*time.Minute, closing(1))
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
}

// A closed conversation whose callback fails with another text each time it is called ends after the day for which
// that is tried, as one whose relay stopped: what is said of the failures is no news, for which it would begin its end anew.
func TestConversationEndsWhoseCallbackFailsInManyWays(t *testing.T) {
	k := newTalker(t)
	var began []byte // the step, which goes on until it is told how it ends
	k.OnActivity(contract.ActivityRelay, mock.Anything, mock.Anything).Return(func(ctx context.Context, _ contract.RelayIn) (contract.RelayOut, error) {
		require.Nil(t, began)
		began = activity.GetInfo(ctx).TaskToken
		return contract.RelayOut{}, activity.ErrResultPending
	})
	k.tell(0, text(0), closing(1))
	for minute := 5; minute < 24*60; minute += 5 {
		k.at(time.Duration(minute)*time.Minute, func() {
			text := fmt.Sprintf("read 127.0.0.1:%d: connection reset", 40000+minute)
			k.SignalWorkflow(contract.SignalRelayFails, contract.RelayFails{Since: 1, Error: text})
		})
	}
	k.look(23*time.Hour+time.Minute, func(v conversation.View) {
		require.Equal(t, &conversation.Failing{Since: 1, Error: "read 127.0.0.1:41380: connection reset"}, v.Failing)
	})
	k.at(24*time.Hour, func() {
		require.NoError(t, k.CompleteActivity(began, nil, temporal.NewNonRetryableApplicationError("the last attempt", string(fault.Upstream), nil)))
	})
	begun := k.Now()
	k.runTalk(nil)
	require.NoError(t, k.GetWorkflowError())
	require.Equal(t, "the last attempt", k.stored.Stalled)
	require.Len(t, k.asked, 2, "after the close, and a last time")
	require.Len(t, k.over, 1)
	require.InDelta(t, 24, k.Now().Sub(begun).Hours(), 0.1)
}
