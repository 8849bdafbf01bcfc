package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/conversation"
)

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
