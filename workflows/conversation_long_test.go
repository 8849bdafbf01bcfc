package workflows_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/conversation"
)

// A conversation of four weeks, with longLife messages: some deliveries come twice, some out of
// order, some never. It continues as new again and again, and in the end its journal has each message
// once, in order.
func TestConversationLongLife(t *testing.T) {
	const messages, executions = longLife, 20
	const every = 4 * 7 * 24 * time.Hour / (messages / 2) // a delivery has two on average
	o := newOutside()
	o.history = texts(0, messages)
	rnd := rand.New(rand.NewPCG(3, 1))
	deliveries := disturbed(rnd, o.history)
	var state *conversation.State
	begun, at, largest := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Duration(0), 0
	for i := range executions {
		k := againTalker(t, o)
		k.SetStartTime(begun.Add(at))
		share := deliveries[i*len(deliveries)/executions : (i+1)*len(deliveries)/executions]
		when := time.Duration(0)
		for _, d := range share {
			when += time.Duration(rnd.Int64N(int64(2 * every)))
			if rnd.IntN(20) > 0 { // one in twenty is lost
				k.tell(when, d...)
			}
		}
		at += when
		if i == executions-1 {
			k.tell(when, closing(1))
			k.runTalk(state)
			require.NoError(t, k.GetWorkflowError())
			break
		}
		k.at(when, func() { k.SetContinueAsNewSuggested(true) })
		k.tell(when+time.Hour, text(0)) // known: it only wakes the execution
		k.runTalk(state)
		state = k.continues().State
		largest = max(largest, sizeOf(t, state))
	}
	require.Greater(t, at, 21*24*time.Hour)
	require.Less(t, largest, 256<<10)
	numbers := o.numbers(t)
	require.Len(t, numbers, messages)
	for i, n := range numbers {
		require.Equal(t, i, n)
	}
	require.IsIncreasing(t, o.posted)
	require.Len(t, o.posted, len(o.journal))
	t.Logf("%s, %d questions to the history, the largest state %d bytes", at, len(o.asked), largest)
}
