package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/conversation"
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
