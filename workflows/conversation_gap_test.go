package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/conversation"
)

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
